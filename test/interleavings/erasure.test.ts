import { expect, test } from "vitest";
import { earlier } from "../support/earlier.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import {
  bulkInsert,
  countedContacts,
  erase,
  link,
  onlyLink,
  runLinker,
  stored,
  sync,
} from "./calls.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

// Promise 11 (docs/architecture.md) against what was running at that moment: a call that began
// before the erasure brings nothing of the user back, and one that begins after it is an ordinary
// call.

describePostgres("an erasure", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  const given = (owner: string, phone: string, user: string) => [
    { owner_id: owner, phone_hash: phone, linked_user_id: user },
  ];
  const shown = async (session: Session, owner: string) => {
    const [contact] = await session.rows<{ linked_user_id: string | null }>(
      "select linked_user_id from list_contacts($1)",
      [owner],
    );
    const { linked_count } = await session.call<{ linked_count: string }>(
      "summarize_contacts",
      owner,
    );
    expect(Number(linked_count)).toBe(contact?.linked_user_id ? 1 : 0);
    return contact?.linked_user_id ?? null;
  };
  const unsettled = async (session: Session) =>
    (await session.rows("select from contact_sync_erasures where not is_settled")).length +
    (await session.rows("select from contact_sync_renewed_links")).length;

  test("takes back a link that an open bulk insert gives", async () => {
    const [app, operator] = [await open(), await open()];
    const [user, owner, phone] = [someone(), someone(), aPhone()];

    await app.begin();
    await bulkInsert(app, given(owner, phone, user));
    await erase(operator, user);
    await runLinker(operator);
    await app.commit();

    // Stored, and shown to nobody: neither in reads nor in the owner's own calls.
    expect(await onlyLink(operator, owner)).toBe(user);
    expect(await shown(operator, owner)).toBeNull();
    await runLinker(operator);
    expect(await stored(operator, owner)).toMatchObject([{ link: null, given: false }]);
    expect(await unsettled(operator)).toBe(0);
  });

  test("shows such a link in no answer before the linker was round, and a call takes it off", async () => {
    const [app, operator] = [await open(), await open()];
    const calls: Record<string, (owner: string, phone: string) => Promise<unknown>> = {
      sync: (owner, phone) => sync(operator, owner, [phone]),
      bulkInsert: (owner, phone) =>
        bulkInsert(operator, [{ owner_id: owner, phone_hash: phone, is_favorite: true }]),
    };
    for (const [name, call] of Object.entries(calls)) {
      const [user, owner, phone] = [someone(), someone(), aPhone()];
      await app.begin();
      await bulkInsert(app, given(owner, phone, user));
      await erase(operator, user);
      await app.commit();

      await operator.call("set_contact_favorite", owner, phone, false);
      expect(await shown(operator, owner), name).toBeNull();
      expect(await call(owner, phone), name).toMatchObject({
        contacts_updated: 1,
        matched_contacts: 0,
      });
      expect(await stored(operator, owner), name).toMatchObject([{ link: null, given: false }]);
      expect(await call(owner, phone), name).toMatchObject({ contacts_updated: 0 });
    }
  });

  test("leaves what is given and linked after it, also before it is settled", async () => {
    const [app, operator] = [await open(), await open()];
    const [user, phones] = [someone(), [aPhone(), aPhone(), aPhone()] as const];
    const [before, after, verified] = [someone(), someone(), someone()];
    await sync(operator, verified, [phones[2]]);

    await app.begin();
    await bulkInsert(app, given(before, phones[0], user));
    await erase(operator, user);
    // They come back.
    await bulkInsert(operator, given(after, phones[1], user));
    await link(operator, phones[2], user);
    await sync(operator, user, [aPhone()]);
    await runLinker(operator);
    expect(await shown(operator, after)).toBe(user);
    await app.commit();
    // Given once more, this time with the knowledge of the erasure.
    const again = someone();
    await bulkInsert(operator, given(again, phones[0], user));

    for (let round = 0; round < 3; round += 1) await runLinker(operator);
    expect(await shown(operator, before)).toBeNull();
    expect(await stored(operator, before)).toMatchObject([{ link: null, given: false }]);
    for (const owner of [after, again]) {
      expect(await shown(operator, owner)).toBe(user);
      expect(await stored(operator, owner)).toMatchObject([{ link: user, given: true }]);
    }
    expect(await shown(operator, verified)).toBe(user);
    expect(await countedContacts(operator, user)).toBe(1);
    expect(await unsettled(operator)).toBe(0);
  });

  test("in one transaction: what comes after it stands", async () => {
    const [app, operator] = [await open(), await open()];
    const [user, owners, phone] = [someone(), [someone(), someone()] as const, aPhone()];
    await app.begin();
    await bulkInsert(app, given(owners[0], phone, user));
    await erase(operator, user);
    await bulkInsert(app, given(owners[1], phone, user));
    await app.commit();
    for (let round = 0; round < 3; round += 1) await runLinker(operator);
    expect(await shown(operator, owners[0])).toBeNull();
    expect(await shown(operator, owners[1])).toBe(user);
  });

  test("twice takes back what was given between the two", async () => {
    const [app, operator] = [await open(), await open()];
    const [user, owners, phone] = [someone(), [someone(), someone()] as const, aPhone()];
    await app.begin();
    await bulkInsert(app, given(owners[0], phone, user));
    await erase(operator, user);
    await bulkInsert(operator, given(owners[1], phone, user));
    await erase(operator, user);
    await app.commit();
    for (let round = 0; round < 3; round += 1) await runLinker(operator);
    for (const owner of owners) expect(await shown(operator, owner)).toBeNull();
    expect(await unsettled(operator)).toBe(0);
  });

  test("waits for no owner whose book has a link to the user", async () => {
    const [app, operator] = [await open(), await open()];
    const [user, owners, phone] = [someone(), [someone(), someone()] as const, aPhone()];
    for (const owner of owners) await bulkInsert(app, given(owner, phone, user));

    await app.begin();
    await app.call("set_contact_favorite", owners[0], phone, true);
    await operator.rows("set lock_timeout = '1ms'");
    expect(await erase(operator, user)).toMatchObject({ given_links_removed: 1 });
    for (const owner of owners) expect(await shown(operator, owner)).toBeNull();
    await runLinker(operator);
    expect(await onlyLink(operator, owners[0])).toBe(user);
    await app.commit();
    await runLinker(operator);
    // Whoever holds an owner is behind the fence there.
    if (server.onCitus) await runLinker(operator);
    expect(await stored(operator, owners[0])).toMatchObject([
      { link: null, given: false, favorite: true },
    ]);
    expect(await unsettled(operator)).toBe(0);
  });

  test("that waits for its user's sync has nobody else locked", async () => {
    const [device, app, operator] = [await open(), await open(), await open()];
    const [user, owner, phone] = [someone(), someone(), aPhone()];
    await bulkInsert(app, given(owner, phone, user));
    await device.begin();
    await sync(device, user, [aPhone()]);
    const erasure = erase(operator, user);
    await untilBlocked(database(), operator);
    await app.rows("set lock_timeout = '1ms'");
    await sync(app, owner, [phone]);
    await device.commit();
    await erasure;
    expect(await shown(app, owner)).toBeNull();
  });

  const fail = (session: Session, user: string, durationMs: number) =>
    session.rows("select contact_sync_record_failure($1, 3, 'merge', 500, $2, 'TIMED_OUT')", [
      user,
      durationMs,
    ]);
  const traces = async (session: Session, user: string) => {
    const rows = await session.rows(
      `select 'status' from contact_sync_status where owner_id = $1
        union all
       select 'run' from contact_sync_runs where owner_id = $1`,
      [user],
    );
    return rows.length;
  };

  test("leaves no trace of a sync that began before it and fails after it", async () => {
    const operator = await open();
    const user = someone();
    await sync(operator, user, [aPhone()]);
    await erase(operator, user);
    await fail(operator, user, 60_000);
    expect(await traces(operator, user)).toBe(0);
    // One of the day before yesterday, and one that begins now, of whoever came back.
    await operator.rows("select pg_sleep(0.005)");
    await fail(operator, user, 1);
    expect(await traces(operator, user)).toBe(2);
    await fail(operator, user, 60_000);
    expect(await traces(operator, user)).toBe(2);
  });

  test("nor where the failure waits for it", async () => {
    const [operator, library] = [await open(), await open()];
    const user = someone();
    await sync(operator, user, [aPhone()]);
    await operator.begin();
    await erase(operator, user);
    const failure = fail(library, user, 60_000);
    await untilBlocked(database(), library);
    await operator.commit();
    await failure;
    expect(await traces(operator, user)).toBe(0);
  });

  test("is forgotten after a day", async () => {
    const operator = await open();
    const user = someone();
    await erase(operator, user);
    await runLinker(operator);
    const known = async () =>
      (
        await operator.rows(
          "select from contact_sync_erasures where user_digest = sha256(uuid_send($1))",
          [user],
        )
      ).length;
    expect(await known()).toBe(1);
    await operator.rows(
      `update contact_sync_erasures set erased_at = ${earlier("erased_at", "interval '25 hours'")}`,
    );
    await operator.call("clean_up_contact_sync");
    expect(await known()).toBe(0);
  });
});
