import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ContactsWithAccounts, createContactSync, migrate } from "../../src/index.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, streamOf } from "../support/use-contact-sync.ts";
import { isInstalled, type Pooler, startPooler } from "./pooler.ts";

const reason = isInstalled ? "installed" : "skipped: pgbouncer is not installed";

describe.skipIf(!isInstalled)(`PgBouncer (${reason})`, () => {
  describePostgres("behind PgBouncer in transaction mode", (server) => {
    let database: TestDatabase;
    let pooler: Pooler;
    let contactSync: ContactsWithAccounts;

    beforeAll(async () => {
      database = await server.createDatabase();
      pooler = await startPooler(database);
      contactSync = await createContactSync({ database: pooler.connectionString, key: TEST_KEY });
    });

    afterAll(async () => {
      await contactSync?.close();
      await pooler?.stop();
    });

    test("sessions really are shared, as nobody's own would be", async () => {
      const clients = Array.from(
        { length: 9 },
        () => new pg.Client({ connectionString: pooler.connectionString }),
      );
      await Promise.all(clients.map((client) => client.connect()));
      const pids = await Promise.all(
        clients.map((client) => client.query("select pg_backend_pid() as pid, pg_sleep(0.05)")),
      );
      await Promise.all(clients.map((client) => client.end()));
      expect(new Set(pids.map(({ rows }) => rows[0].pid)).size).toBeLessThanOrEqual(3);
    });

    test("migrates, notices the pooler, and leaves nothing to other clients", async () => {
      const empty = await server.createDatabase({ template: "supabase" });
      const narrow = await startPooler(empty, { serverConnections: 1 });
      const other = new pg.Client({ connectionString: narrow.connectionString });
      await other.connect();
      try {
        const settings = async () => {
          const { rows } = await other.query(
            "select name, setting from pg_settings where source not in ('default', 'client') order by name",
          );
          const { rows: session } = await other.query(
            "select current_user, pg_backend_pid() as pid, current_setting('search_path') as path",
          );
          return { rows, session };
        };
        const before = await settings();
        const { connectionString } = narrow;
        const schema = "contact_engine";
        const first = await migrate({ connectionString, schema });
        expect(first).toMatchObject({ pooled: true, faults: expect.any(Array) });
        expect(first.applied.length).toBeGreaterThan(5);
        expect(await settings()).toEqual(before); // of the same session: there is but one
        expect(await migrate({ connectionString, schema })).toMatchObject({ applied: [] });

        // Refused in the middle, too.
        await other.query("create table phones (number text)");
        await refusal(migrate({ connectionString }), "NAME_TAKEN");
        expect((await settings()).rows).toEqual(before.rows);
        expect((await settings()).session).toMatchObject([{ path: before.session[0].path }]);
        const direct = await migrate({ connectionString: empty.connectionString, schema });
        expect(direct).toMatchObject({ applied: [], pooled: false });
      } finally {
        await other.end();
        await narrow.stop();
      }
    });

    test("syncs, again and as a replacement", async () => {
      const owner = randomUUID();
      expect(await contactSync.syncContacts(owner, numbers(600), 600)).toMatchObject({
        contacts_inserted: 600,
      });
      expect(await contactSync.syncContacts(owner, numbers(600), 600)).toMatchObject({
        contacts_inserted: 0,
        contacts_unchanged: 600,
      });
      expect(
        await contactSync.syncContacts(owner, numbers(500), 500, { mode: "replace" }),
      ).toMatchObject({ contacts_removed: 100 });
      await refusal(
        contactSync.syncContacts(owner, [], 0, { mode: "replace" }),
        "REPLACE_NEEDS_CONFIRMATION",
      );
      expect(await contactSync.getSyncStatus(owner)).toMatchObject({ sync_status: "failed" });
    });

    test("streams, whose chunks may each meet another session", async () => {
      const owner = randomUUID();
      await contactSync.syncContacts(owner, numbers(100), 100);
      expect(
        await contactSync.syncContacts(owner, streamOf(numbers(10_001, 50)), 1, {
          mode: "replace",
        }),
      ).toMatchObject({ contacts_inserted: 9_951, contacts_unchanged: 50, contacts_removed: 50 });
      const items = numbers(5_001).map((_, n) => ({ owner_id: owner, phone_hash: hashOf(n + 50) }));
      expect(await contactSync.bulkInsertContacts(streamOf(items))).toMatchObject({
        contacts_unchanged: 5_001,
      });
    });

    test("lists, changes and deletes", async () => {
      const owner_id = randomUUID();
      await contactSync.create({ owner_id, phone_hash: hashOf(1) });
      await contactSync.setFavorite(owner_id, hashOf(1), true);
      await contactSync.syncContacts(owner_id, numbers(30), 30);
      const { contacts, next_cursor } = await contactSync.listContacts(owner_id, { limit: 20 });
      const rest = await contactSync.listContacts(owner_id, { cursor: next_cursor as string });
      expect(contacts.length + rest.contacts.length).toBe(30);
      expect(await contactSync.summarizeContacts(owner_id)).toMatchObject({ favorites_count: 1 });
      expect(await contactSync.deleteAllContacts(owner_id)).toBe(30);
      expect((await contactSync.getSyncStatistics()).totals.total_syncs).toBeGreaterThan(0);
    });

    test("links, takes over and unlinks, with the linker", async () => {
      const [owner, user, heir] = [randomUUID(), randomUUID(), randomUUID()];
      const linkOf = async () => (await contactSync.findContact(owner, hashOf(8)))?.linked_user_id;
      await contactSync.syncContacts(owner, numbers(10), 10);
      await contactSync.link(user, numberOf(8));
      expect(await linkOf()).toBe(user);
      await contactSync.linkMany([{ userId: heir, phoneNumber: numberOf(8) }]);
      expect(await linkOf()).toBe(heir);
      expect(await contactSync.eraseUser(heir)).toMatchObject({ phones_unlinked: 1 });
      expect(await linkOf()).toBeNull();
      expect(await contactSync.linkPendingPhones()).toMatchObject({ entries_waiting: 0 });
    });

    test("many at once share the few sessions: one owner's serialise, and no lock stays", async () => {
      const one = randomUUID();
      const owners = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one : randomUUID()));
      const results = await Promise.all(
        owners.map((owner, n) => contactSync.syncContacts(owner, numbers(200, n * 100), 200)),
      );
      expect(results.map((result) => result.total_processed)).toEqual(owners.map(() => 200));
      await Promise.all(numbers(20).map((phone) => contactSync.link(one, phone)));
      const { rows } = await database.pool.query(
        "select count(*)::integer as held from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
      );
      expect(rows).toEqual([{ held: 0 }]);
    });

    test("with REPEATABLE READ as the database's default, too", async () => {
      const { pool, name } = database;
      await pool.query(
        `alter database ${name} set default_transaction_isolation = 'repeatable read'`,
      );
      const second = await startPooler(database);
      try {
        const strict = await createContactSync({
          database: second.connectionString,
          key: TEST_KEY,
        });
        expect(await strict.syncContacts(randomUUID(), numbers(3), 3)).toMatchObject({
          contacts_inserted: 3,
        });
        await strict.close();
      } finally {
        await second.stop();
        await pool.query(`alter database ${name} reset default_transaction_isolation`);
      }
    });

    test("a pooler that goes away is a database that can't be reached, and comes back", async () => {
      const second = await startPooler(database);
      const through = await createContactSync({ database: second.connectionString, key: TEST_KEY });
      await second.stop();
      await refusal(through.summarizeContacts(randomUUID()), "DATABASE_UNAVAILABLE");
      await through.close();
      expect(await (await openContactSync(database)).summarizeContacts(randomUUID())).toMatchObject(
        {
          contacts_count: 0,
        },
      );
    });
  });
});
