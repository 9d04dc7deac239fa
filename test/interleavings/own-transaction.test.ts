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
    expect(await runLinker(operator)).toEqual({ contacts_changed: 1, ...waiting });
    await sync(device, late, [phone]);
    expect(await runLinker(operator)).toMatchObject({ ...waiting });
    await operator.commit();
    expect(await onlyLink(device, early)).toBe(alice);
    await finishLinks(device);
    expect(await onlyLink(device, early)).toBe(alice);
    expect(await onlyLink(device, late)).toBe(alice);
  });

  test("nor one that comes before it commits and goes on", async () => {
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    const [operator, device, linker] = [await open(), await open(), await open()];
    await operator.begin();
    await link(operator, phone, alice);
    await runLinker(operator);
    await device.begin();
    await sync(device, owner, [phone]);
    await operator.commit();
    expect(await runLinker(linker)).toMatchObject({ entries_finished: 0, entries_waiting: 1 });
    expect(await runLinker(linker)).toMatchObject({ entries_finished: 0, entries_waiting: 1 });
    await device.commit();
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBe(alice);
  });

  test("nor where a choice changes a whole book", async () => {
    const [owner, own, phone, alice] = [someone(), aPhone(), aPhone(), someone()];
    const [operator, device, linker] = [await open(), await open(), await open()];
    await link(operator, phone, alice);
    await operator.rows("select set_discoverability($1, 'mutual')", [alice]);
    await sync(operator, alice, [own]);
    await finishLinks(linker);

    // The owner's number comes: alice, who has it, may be found by the owner.
    await operator.begin();
    await link(operator, own, owner);
    await runLinker(operator);
    await device.begin();
    await sync(device, owner, [phone]);
    await operator.commit();
    for (let pass = 0; pass < 4; pass += 1) await runLinker(linker);
    await device.commit();
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBe(alice);
  });

  test("goes on through more than a pass, and ends", async () => {
    const [owner, alice] = [someone(), someone()];
    const phones = Array.from({ length: 30 }, aPhone);
    const [operator, linker] = [await open(), await open()];
    await sync(operator, owner, phones);
    await operator.begin();
    for (const phone of phones) await link(operator, phone, alice);
    const passes: unknown[] = [];
    for (let pass = 0; pass < 5; pass += 1) {
      const [done] = await operator.rows<{ contacts_changed: number }>(
        "select contacts_changed from link_pending_phones(null, 10)",
      );
      passes.push(done?.contacts_changed);
    }
    expect(passes).toEqual([10, 10, 10, 0, 0]);
    await operator.commit();
    await finishLinks(linker);
    expect(await linker.rows("select from contact_sync_pending_links")).toEqual([]);
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
    await runLinker(operator);
    await runLinker(operator);
    await device.commit();
    await finishLinks(operator);
    const [left] = await operator.rows(
      "select c.linked_user_id from contacts_with_accounts c where c.owner_id = $1",
      [owner],
    );
    expect(left).toEqual({ linked_user_id: null });
  });
});
