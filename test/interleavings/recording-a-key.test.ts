import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, link, sync } from "./calls.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

/** Everything that stores a number that was not there. */
const WRITERS: Record<string, (session: Session) => Promise<unknown>> = {
  sync_user_contacts: (session) => session.call("sync_user_contacts", someone(), [aPhone()], 1),
  sync_phone_keys: (session) => sync(session, someone(), [aPhone()]),
  contact_sync_stream_chunk: (session) =>
    session.call("contact_sync_stream_chunk", someone(), randomUUID(), [aPhone()], 500, true),
  bulk_insert_contacts: (session) =>
    bulkInsert(session, [{ owner_id: someone(), phone_hash: aPhone() }]),
  link_phone: (session) => link(session, aPhone(), someone()),
  link_phones: (session) => session.call("link_phones", [aPhone()], [someone()]),
};
const RECORDED = { code: "YC011", message: /KEY_MISMATCH/ };

const seal = (session: Session) =>
  session.call("contact_sync_record_seal", "abcd1234", "5e".repeat(28));

describePostgres("a key, while somebody stores plain hashes from SQL", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  const cases = Object.entries(WRITERS);

  beforeEach(async () => {
    await database().pool.query(
      `truncate contact_sync_seal, phones, contacts_with_accounts,
                contact_sync_staged_keys, contact_sync_pending_links`,
    );
  });

  async function stored(): Promise<number> {
    const { rows } = await database().pool.query<{ count: string }>(
      `select (select count(*) from phones) + (select count(*) from contacts_with_accounts)
            + (select count(*) from contact_sync_staged_keys)
            + (select count(*) from contact_sync_pending_links) as count`,
    );
    return Number(rows[0]?.count);
  }
  const recorded = async () =>
    (await database().pool.query("select from contact_sync_seal where is_sealed")).rowCount;

  test.each(cases)("is refused once %s has committed, not before it is known", async (_, write) => {
    const [writer, starting] = [await open(), await open()];
    await writer.begin();
    await write(writer);
    const refused = expect(seal(starting)).rejects.toMatchObject(RECORDED);
    await untilBlocked(database(), starting);
    await writer.commit();
    await refused;
    expect(await recorded()).toBe(0);
  });

  test("is recorded once the other has rolled back", async () => {
    const [writer, starting] = [await open(), await open()];
    await writer.begin();
    await WRITERS["sync_phone_keys"]?.(writer);
    const sealed = seal(starting);
    await untilBlocked(database(), starting);
    await writer.rollback();
    await sealed;
    expect(await recorded()).toBe(1);
  });

  test.each(cases)("that is being recorded refuses %s", async (_, write) => {
    const [writer, starting] = [await open(), await open()];
    await starting.begin();
    await seal(starting);
    const refused = expect(write(writer)).rejects.toMatchObject(RECORDED);
    await untilBlocked(database(), writer);
    await starting.commit();
    await refused;
    expect(await stored()).toBe(0);
  });

  test("is refused in a transaction that would not see what others have committed", async () => {
    const session = await open();
    await session.rows("begin isolation level repeatable read");
    await expect(seal(session)).rejects.toMatchObject({ code: "YC009" });
  });

  test("is not passed by a transaction that looks at what was there before", async () => {
    const writer = await open();
    await writer.rows("begin isolation level repeatable read");
    await writer.rows("select from phones");
    await seal(await open());
    await expect(link(writer, aPhone(), someone())).rejects.toMatchObject({
      code: expect.stringMatching(/^YC0(?:09|11)$/),
    });
    await writer.rollback();
    expect(await stored()).toBe(0);
  });

  test("is refused while a stream of plain hashes has only been staged", async () => {
    const [owner, stream] = [someone(), randomUUID()];
    const session = await open();
    await session.call("contact_sync_stream_chunk", owner, stream, [aPhone()], 500, true);
    await session.call("delete_all_contacts", owner);
    await expect(seal(session)).rejects.toMatchObject(RECORDED);
  });

  test("does not keep those who store from each other, nor readers from anything", async () => {
    const [one, other, reader] = [await open(), await open(), await open()];
    await one.begin();
    await other.begin();
    for (const [, write] of cases) {
      await write(one);
      await write(other);
    }
    await reader.rows("select is_sealed from contact_sync_seal");
    await other.commit();
    await one.commit();
    expect(await stored()).toBeGreaterThan(0);
  });
});
