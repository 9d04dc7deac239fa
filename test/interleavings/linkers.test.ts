import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { finishLinks, link, onlyLink, runLinker, sync, unlink } from "./calls.ts";
import { aPhone, someone, untilBlocked, useSessions } from "./session.ts";

const WEEKS = ["2025-01-01T00:00:00Z", "2025-01-08T00:00:00Z", "2025-01-15T00:00:00Z"] as const;

describePostgres("changes of the directory against each other", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  test("a number that moves while an owner is locked is written as it is then", async () => {
    const [owner, phone, alice, bob] = [someone(), aPhone(), someone(), someone()];
    const [device, linker, other] = [await open(), await open(), await open()];
    await sync(device, owner, [phone]);
    await link(other, phone, alice, WEEKS[0]);

    // Holds the owner, and is not behind the fence, as on a cluster whoever holds an owner is.
    await device.begin();
    await device.call("set_contact_favorite", owner, phone, true);
    const waiting = { contacts_changed: 0, entries_finished: 0, entries_waiting: 1 };
    expect(await runLinker(linker)).toEqual(waiting);
    expect(await runLinker(linker)).toEqual(waiting);
    await link(other, phone, bob, WEEKS[1]);
    await device.commit();

    // As it moved before the linker was done, it counts as gone first.
    expect(await runLinker(linker)).toEqual(
      server.onCitus
        ? { contacts_changed: 1, entries_finished: 1, entries_waiting: 2 }
        : { contacts_changed: 1, entries_finished: 2, entries_waiting: 1 },
    );
    await finishLinks(linker);
    expect(await onlyLink(other, owner)).toBe(bob);
  });

  test("of two linkers at one number the later to write has read the later directory", async ({
    skip,
  }) => {
    skip(server.onCitus, "there one linker is at work at a time");
    const [owner, phone, alice, bob] = [someone(), aPhone(), someone(), someone()];
    const [device, one, two, other] = [await open(), await open(), await open(), await open()];
    await sync(device, owner, [phone]);
    await link(other, phone, alice, WEEKS[0]);

    await one.begin();
    expect(await runLinker(one)).toMatchObject({ contacts_changed: 1, entries_finished: 1 });
    await link(other, phone, bob, WEEKS[1]);
    // The first one has the owner, and stands behind the fence with what it has read.
    expect(await runLinker(two)).toMatchObject({ contacts_changed: 0, entries_waiting: 2 });
    await one.commit();
    expect(await onlyLink(other, owner)).toBe(alice);
    await finishLinks(two);
    expect(await onlyLink(other, owner)).toBe(bob);
  });

  test("a linker that wrote what has been taken back since is corrected", async () => {
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    const [device, one, two] = [await open(), await open(), await open()];
    await sync(device, owner, [phone]);
    await link(two, phone, alice, WEEKS[0]);

    // As it stands, the contact is what the directory says by now; not once this one commits.
    await one.begin();
    await runLinker(one);
    await unlink(two, phone);
    expect(await runLinker(two)).toMatchObject({ entries_finished: 0 });
    await one.commit();
    await finishLinks(two);
    expect(await onlyLink(two, owner)).toBeNull();
  });

  test("linkers at different entries don't wait for each other", async ({ skip }) => {
    skip(server.onCitus, "there one linker is at work at a time");
    const owners = [someone(), someone()] as const;
    const phones = [aPhone(), aPhone()] as const;
    const [one, two] = [await open(), await open()];
    for (const place of [0, 1] as const) {
      await sync(one, owners[place], [phones[place]]);
      await link(one, phones[place], someone(), WEEKS[0]);
    }
    await two.rows("set lock_timeout = '1ms'");

    await one.begin();
    expect(await one.call("link_pending_phones", [phones[0]])).toMatchObject({
      contacts_changed: 1,
    });
    // What the first one has is skipped.
    expect(await runLinker(two)).toMatchObject({ contacts_changed: 1, entries_waiting: 2 });
    expect(await onlyLink(two, owners[1])).not.toBeNull();
    await one.commit();
    await finishLinks(two);
    expect(await onlyLink(two, owners[0])).not.toBeNull();
  });

  test("unlinking waits for a link of the same number and then removes it", async () => {
    const [owner, phone] = [someone(), aPhone()];
    const [one, two] = [await open(), await open()];
    await sync(one, owner, [phone]);
    await link(one, phone, someone(), WEEKS[0]);
    await finishLinks(one);

    await one.begin();
    await link(one, phone, someone(), WEEKS[1]);
    const unlinked = unlink(two, phone);
    await untilBlocked(database(), two);
    await one.commit();

    expect(await unlinked).toBe(true);
    await finishLinks(one);
    expect(await onlyLink(one, owner)).toBeNull();
  });

  test("a link waits for an unlinking of the same number and then stands", async () => {
    const [owner, phone, bob] = [someone(), aPhone(), someone()];
    const [one, two] = [await open(), await open()];
    await sync(one, owner, [phone]);
    await link(one, phone, someone(), WEEKS[1]);
    await finishLinks(one);

    await one.begin();
    await unlink(one, phone);
    // Older than what it replaces: the number is nobody's by then, so it may.
    const linked = link(two, phone, bob, WEEKS[0]);
    await untilBlocked(database(), two);
    await one.commit();

    expect(await linked).toBe(true);
    await finishLinks(two);
    expect(await onlyLink(two, owner)).toBe(bob);
  });

  test("a late unlinking does not take away what somebody else verified meanwhile", async () => {
    const [owner, phone, alice, bob] = [someone(), aPhone(), someone(), someone()];
    const [one, two] = [await open(), await open()];
    await sync(one, owner, [phone]);
    await link(one, phone, alice, WEEKS[0]);

    await one.begin();
    await link(one, phone, bob, WEEKS[1]);
    const unlinked = unlink(two, phone, alice);
    await untilBlocked(database(), two);
    await one.commit();

    expect(await unlinked).toBe(false);
    await finishLinks(two);
    expect(await onlyLink(two, owner)).toBe(bob);
  });

  test("of two verifications at once the newer one wins, whoever commits first", async () => {
    const [phone, alice, bob] = [aPhone(), someone(), someone()];
    const [one, two] = [await open(), await open()];

    await one.begin();
    await link(one, phone, alice, WEEKS[2]);
    // Expected before it happens: it may be refused before the commit is answered.
    const refused = expect(link(two, phone, bob, WEEKS[1])).rejects.toMatchObject({
      code: "YC008",
    });
    await untilBlocked(database(), two);
    await one.commit();

    await refused;
    const [row] = await two.rows<{ linked_user_id: string }>(
      "select linked_user_id from phones where phone_key = $1",
      [phone],
    );
    expect(row?.linked_user_id).toBe(alice);
  });

  test("calls that link the same numbers in opposite orders do not deadlock", async () => {
    const phones = Array.from({ length: 200 }, aPhone);
    const users = phones.map(() => someone());
    const sessions = await Promise.all([open(), open(), open()]);

    await Promise.all(
      sessions.map((session, place) => {
        const order = place % 2 === 0 ? phones : phones.toReversed();
        return session.call("link_phones", order, users);
      }),
    );
    await Promise.all([
      sessions[0].call("unlink_phones", phones),
      sessions[1].call("unlink_phones", phones.toReversed()),
    ]);
    await finishLinks(sessions[2]);
  });
});
