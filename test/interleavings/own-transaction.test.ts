import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, erase, finishLinks, link, onlyLink, runLinker, sync } from "./calls.ts";
import { aPhone, someone, useSessions } from "./session.ts";

// Somebody's transaction that changes the directory and runs the linker at once, as one trigger or
// one call of the library inside of a transaction does.

describePostgres("a change and the linker in one transaction", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  test("does not miss a sync that comes before it commits", async () => {
    const [early, late, phone, alice] = [someone(), someone(), aPhone(), someone()];
    const [operator, device] = [await open(), await open()];
    await sync(device, early, [phone]);

    await operator.begin();
    await link(operator, phone, alice);
    const waiting = { entries_finished: 0, entries_waiting: 1 };
    // On a cluster not before the other nodes show the change.
    const contacts_changed = server.onCitus ? 0 : 1;
    expect(await runLinker(operator)).toEqual({ contacts_changed, ...waiting });
    await sync(device, late, [phone]);
    expect(await runLinker(operator)).toMatchObject({ ...waiting });
    await operator.commit();
    expect(await onlyLink(device, early)).toBe(server.onCitus ? null : alice);
    await finishLinks(device);
    expect(await onlyLink(device, early)).toBe(alice);
    expect(await onlyLink(device, late)).toBe(alice);
  });

  test("nor after a savepoint", async () => {
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    const [operator, device] = [await open(), await open()];
    await operator.begin();
    await operator.rows("savepoint one");
    await link(operator, phone, alice);
    await operator.rows("release one");
    await runLinker(operator);
    await sync(device, owner, [phone]);
    await operator.commit();
    await finishLinks(device);
    expect(await onlyLink(device, owner)).toBe(alice);
  });

  test("does not settle an erasure that nobody has seen yet", async () => {
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    const [operator, device] = [await open(), await open()];
    await operator.begin();
    await erase(operator, alice);
    await runLinker(operator);
    await device.begin();
    await bulkInsert(device, [{ owner_id: owner, phone_hash: phone, linked_user_id: alice }]);
    await operator.commit();
    await device.commit();
    await finishLinks(operator);
    expect(await onlyLink(operator, owner)).toBeNull();
  });
});
