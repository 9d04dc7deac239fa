import { expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { ourObjects } from "../support/our-objects.ts";
import { describePostgres, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { type Session, someone, somePhones, untilBlocked, useSessions } from "./session.ts";

const UNAVAILABLE = { code: "DATABASE_UNAVAILABLE" };

/** Where a failed sync is recorded, in a transaction after its own. */
const RECORDS = ["contact_sync_runs", "contact_sync_status"];

/** Every other table of ours, as text: equal texts are equal databases. */
async function everything({ pool }: TestDatabase): Promise<string> {
  const tables = (await ourObjects(pool, "table")).filter((table) => !RECORDS.includes(table));
  const texts = tables.map(async (table) => {
    const { rows } = await pool.query(`select t::text as row from ${table} t order by 1`);
    return `${table}: ${rows.map(({ row }) => row).join(" ")}`;
  });
  return (await Promise.all(texts)).join("\n");
}

describePostgres("a connection that is killed in the middle", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  /**
   * Stops a call halfway: an uncommitted row of somebody else bears the key of a row it is to
   * write. Kills it there, and lets that row vanish.
   */
  async function killedAt(
    obstacle: (session: Session) => Promise<unknown>,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const session = await open();
    await session.begin();
    await obstacle(session);
    const failed = expect(work()).rejects.toMatchObject(UNAVAILABLE);
    const [pid] = await untilBlocked(database());
    await session.rows("select pg_terminate_backend($1::integer)", [pid]);
    await failed;
    await session.rollback();
  }

  /** The linker waits for nobody's rows; so here it is stopped by a lock on the whole table. */
  async function killedInBackfill(work: () => Promise<void>): Promise<void> {
    const session = await open();
    await session.begin();
    await session.rows("lock table contacts_with_accounts in access exclusive mode");
    const done = work();
    const [pid] = await untilBlocked(database());
    await session.rows("select pg_terminate_backend($1::integer)", [pid]);
    await done;
    await session.rollback();
  }

  /** Behind these in key order, so that most of the call is written by then. */
  const lastKeyOf = async (contactSync: ContactsWithAccounts, hashes: readonly string[]) => {
    const scratch = someone();
    await contactSync.syncPhoneHashes(scratch, hashes, hashes.length);
    const { rows } = await database().pool.query<{ phone_key: string }>(
      `select replace(phone_key::text, '-', '') as phone_key from contacts_with_accounts
        where owner_id = $1
        order by 1 desc
        limit 1`,
      [scratch],
    );
    await contactSync.eraseUser(scratch);
    return rows[0]?.phone_key as string;
  };

  const blockContact = (owner: string, phoneKey: string) => (session: Session) =>
    session.rows("insert into contacts_with_accounts (owner_id, phone_key) values ($1, $2)", [
      owner,
      phoneKey,
    ]);

  test("of a sync leaves nothing, and a repeat completes it", async () => {
    const contactSync = await openContactSync(database());
    const [owner, hashes] = [someone(), somePhones(50)];
    const last = await lastKeyOf(contactSync, hashes);
    const sync = () => contactSync.syncPhoneHashes(owner, hashes, 50, { batchSize: 10 });
    const before = await everything(database());

    await killedAt(blockContact(owner, last), sync);

    expect(await everything(database())).toBe(before);
    expect(await contactSync.getSyncStatus(owner)).toMatchObject({
      sync_status: "failed",
      last_error_code: "DATABASE_UNAVAILABLE",
      contacts_count: 0,
    });
    expect(await sync()).toMatchObject({ contacts_inserted: 50 });
    expect((await contactSync.getSyncStatus(owner)).contacts_count).toBe(50);
  });

  test("of a replace leaves the book as it was", async () => {
    const contactSync = await openContactSync(database());
    const [owner, old, hashes] = [someone(), somePhones(20), somePhones(50)];
    const last = await lastKeyOf(contactSync, hashes);
    await contactSync.syncPhoneHashes(owner, old, 20);
    const replace = () =>
      contactSync.syncPhoneHashes(owner, hashes, 50, {
        mode: "replace",
        confirmRemoval: true,
        batchSize: 10,
      });
    const before = await everything(database());

    await killedAt(blockContact(owner, last), replace);

    expect(await everything(database())).toBe(before);
    expect(await replace()).toMatchObject({ contacts_inserted: 50, contacts_removed: 20 });
  });

  test("of a bulk insert leaves nothing in any book", async () => {
    const contactSync = await openContactSync(database());
    const [owners, hashes] = [[someone(), someone()].sort(), somePhones(25)];
    const last = await lastKeyOf(contactSync, hashes);
    const contacts = owners.flatMap((owner) =>
      hashes.map((phone_hash) => ({ owner_id: owner, phone_hash, is_favorite: true })),
    );
    const insert = () => contactSync.bulkInsertContacts(contacts, { batchSize: 10 });
    const before = await everything(database());

    await killedAt(blockContact(owners[1] as string, last), insert);

    expect(await everything(database())).toBe(before);
    for (const owner of owners)
      expect(await contactSync.getSyncStatus(owner)).toMatchObject({ contacts_count: 0 });
    expect(await insert()).toMatchObject({ contacts_inserted: 50 });
  });

  test("of a link leaves no entry, neither in the directory nor in the queue", async () => {
    const contactSync = await openContactSync(database());
    const [owner, alice, hashes] = [someone(), someone(), somePhones(5)];
    const last = await lastKeyOf(contactSync, hashes);
    await contactSync.syncPhoneHashes(owner, hashes, 5);
    const linkAll = () =>
      contactSync.linkMany(hashes.map((phoneHash) => ({ userId: alice, phoneHash })));
    const before = await everything(database());

    await killedAt(
      (session) => session.rows("insert into phones values ($1, $2, now())", [last, someone()]),
      linkAll,
    );

    expect(await everything(database())).toBe(before);
    expect(await linkAll()).toMatchObject({ phones_linked: 5, contacts_changed: 5 });
  });

  for (const verifiedAt of [undefined, "2025-01-01T00:00:00Z"]) {
    test(`of the back-fill keeps the link, and a repeat finishes it (verified ${verifiedAt ?? "now"})`, async () => {
      const contactSync = await openContactSync(database());
      const [owner, alice, [hash]] = [someone(), someone(), somePhones(1) as [string]];
      await contactSync.syncPhoneHashes(owner, [hash], 1);

      await killedInBackfill(async () => {
        expect(await contactSync.link(alice, hash, { verifiedAt })).toBe(true);
      });

      expect(await contactSync.findContact(owner, hash)).toMatchObject({ linked_user_id: null });
      await contactSync.link(alice, hash, { verifiedAt });
      expect(await contactSync.findContact(owner, hash)).toMatchObject({ linked_user_id: alice });
    });
  }

  test("of an unlinking's back-fill shows no link, and a repeat takes it off the row", async () => {
    const contactSync = await openContactSync(database());
    const [owner, alice, [hash]] = [someone(), someone(), somePhones(1) as [string]];
    await contactSync.link(alice, hash);
    await contactSync.syncPhoneHashes(owner, [hash], 1);

    await killedInBackfill(async () => {
      expect(await contactSync.unlink(hash)).toBe(1);
    });

    expect(await contactSync.findContact(owner, hash)).toMatchObject({ linked_user_id: null });
    const storedLink = async () => {
      const { rows } = await database().pool.query<{ linked_user_id: string | null }>(
        "select linked_user_id from contacts_with_accounts where owner_id = $1",
        [owner],
      );
      return rows[0]?.linked_user_id;
    };
    expect(await storedLink()).toBe(alice);
    await contactSync.unlink(hash);
    expect(await storedLink()).toBeNull();
  });

  test("of a streamed import loses its chunk only, and removes nothing", async () => {
    const contactSync = await openContactSync(database());
    const [owner, old, hashes] = [someone(), somePhones(100), somePhones(6_000)];
    const last = await lastKeyOf(contactSync, hashes.slice(5_000));
    await contactSync.syncPhoneHashes(owner, old, 100);
    const replace = () =>
      contactSync.syncPhoneHashes(owner, streamOf(hashes), 6_000, {
        mode: "replace",
        confirmRemoval: true,
      });

    await killedAt(blockContact(owner, last), replace);

    expect((await contactSync.summarizeContacts(owner)).contacts_count).toBe(5_100);
    expect(await contactSync.getSyncStatus(owner)).toMatchObject({
      sync_status: "failed",
      contacts_count: 5_100,
    });
    expect(await replace()).toMatchObject({
      contacts_inserted: 1_000,
      contacts_unchanged: 5_000,
      contacts_removed: 100,
    });
    expect((await contactSync.getSyncStatus(owner)).contacts_count).toBe(6_000);
  });

  test("between two chunks of a stream is replaced unnoticed", async () => {
    const contactSync = await openContactSync(database());
    const [owner, hashes] = [someone(), somePhones(5_500)];
    const session = await open();
    async function* interrupted() {
      yield* hashes.slice(0, 5_100);
      // The chunk before is sent while the next one is read.
      await until("the first chunk is committed", async () => {
        const rows = await session.rows("select from contacts_with_accounts where owner_id = $1", [
          owner,
        ]);
        return rows.length === 5_000;
      });
      await session.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and state = 'idle' and pid <> pg_backend_pid()`,
      );
      await until("the pool has noticed", () => database().pool.idleCount === 0);
      yield* hashes.slice(5_100);
    }

    expect(await contactSync.syncPhoneHashes(owner, interrupted(), 5_500)).toMatchObject({
      contacts_inserted: 5_500,
    });
  });
});

async function* streamOf<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}
