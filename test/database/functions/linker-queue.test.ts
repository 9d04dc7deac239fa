import pg from "pg";
import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

const ENTRIES = 20_000;

/** What scans of the queue and its indexes have read in some work, dead entries included. */
async function entriesRead(
  { connectionString }: TestDatabase,
  work: (client: pg.ClientBase) => Promise<unknown>,
): Promise<number> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const read = async () => {
    await client.query("select pg_stat_force_next_flush()");
    await client.query("select pg_stat_clear_snapshot()");
    const { rows } = await client.query(
      `select (sum(i.idx_tup_read) + max(t.seq_scan) * ${ENTRIES})::integer as entries
         from pg_stat_user_indexes i
         join pg_stat_user_tables t using (relid)
        where i.relname = 'contact_sync_pending_links'`,
    );
    return rows[0].entries as number;
  };
  try {
    const before = await read();
    await work(client);
    return (await read()) - before;
  } finally {
    await client.end();
  }
}

describePostgres("the linker's queue", (server) => {
  const { database, rows, row } = useSql(server);
  const seed = (entries: number) =>
    rows(
      `select link_phones(array_agg(gen_random_uuid()), array_agg(gen_random_uuid()))
         from generate_series(1, $1) as g (n)
        group by g.n / 10000`,
      entries,
    );
  const pass = () => row("select * from link_pending_phones()");
  const drain = async () => {
    for (let calls = 1; ; calls += 1) {
      const { contacts_changed, entries_finished } = await pass();
      if (contacts_changed === 0 && entries_finished === 0) return calls - 1;
    }
  };

  test("is drained by the ten thousand where nobody has the numbers, however few contacts a call may change", async () => {
    await seed(ENTRIES);
    const few = "select * from link_pending_phones(p_max_contacts => 500)";
    expect(await row(few)).toEqual({
      contacts_changed: 0,
      entries_finished: ENTRIES / 2,
      entries_waiting: ENTRIES / 2,
    });
    expect(await pass()).toMatchObject({ entries_finished: ENTRIES / 2, entries_waiting: 0 });
  });

  test("is drained by service_role, however long it is", async () => {
    await seed(ENTRIES);
    const client = await database().pool.connect();
    try {
      await client.query("set role service_role");
      const { rows } = await client.query("select * from link_pending_phones()");
      expect(rows).toMatchObject([{ entries_finished: ENTRIES, entries_waiting: 0 }]);
    } finally {
      await client.query("reset role");
      client.release();
    }
  });

  test("takes each change of one number in one go", async () => {
    const [owner, last] = [newUser(), newUser()];
    const hashes = newPhones(1);
    await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    for (const user of [newUser(), newUser(), last]) {
      await rows("select link_phone($1, $2)", hashes[0], user);
    }
    // It went from one to another before anybody looked: first as if it were gone.
    expect(await pass()).toEqual({ contacts_changed: 0, entries_finished: 3, entries_waiting: 1 });
    expect(await pass()).toEqual({ contacts_changed: 1, entries_finished: 1, entries_waiting: 0 });
  });

  test("is not walked over where it is done with, while an old snapshot keeps it", async ({
    skip,
  }) => {
    skip(server.onCitus, "each node counts what it reads of its own copy");
    const owner = newUser();
    const hashes = newPhones(300);
    const sync = "select sync_user_contacts($1, $2, 300)";
    await rows(sync, owner, hashes);
    const reader = await database().pool.connect();
    try {
      await reader.query("begin isolation level repeatable read");
      await reader.query("select from contact_sync_pending_links limit 1");
      await seed(ENTRIES);
      await drain();
      await pass(); // from the very beginning, once a minute
      await rows("vacuum contact_sync_pending_links");

      const perPass = await entriesRead(database(), (client) =>
        client.query("select link_pending_phones()"),
      );
      const perState = await entriesRead(database(), (client) =>
        client.query("select contact_sync_queue_state()"),
      );
      const perSync = await entriesRead(database(), (client) =>
        client.query(sync, [owner, hashes]),
      );
      for (const read of [perPass, perState, perSync]) expect(read).toBeLessThan(ENTRIES / 4);

      // And what comes is found, whether it is asked for or not.
      const friend = newUser();
      await rows("select link_phone($1, $2)", hashes[0], friend);
      expect(
        await row(
          `select matched_contacts from (${sync}) as s, lateral (select (s.sync_user_contacts).*) as r`,
          owner,
          hashes,
        ),
      ).toEqual({ matched_contacts: 1 });
      expect(await pass()).toMatchObject({ entries_finished: 1, entries_waiting: 0 });
    } finally {
      await reader.query("rollback");
      reader.release();
    }
  });

  test("gives up an entry that comes late, below its beginning, within a minute", async () => {
    const slow = await database().pool.connect();
    const [owner, friend] = [newUser(), newUser()];
    const [hash] = newPhones(1);
    await rows("select sync_user_contacts($1, $2, 1)", owner, [hash]);
    try {
      await slow.query("begin");
      await slow.query("select link_phone($1, $2)", [hash, friend]);
      await seed(ENTRIES);
      await drain();
      await slow.query("commit");
    } finally {
      slow.release();
    }
    await pass();
    // The minute passes.
    await rows("update contact_sync_linker set walked_at = walked_at - interval '61 seconds'");
    await pass();
    const stored = "select linked_user_id from contacts_with_accounts where owner_id = $1";
    expect(await row(stored, owner)).toEqual({ linked_user_id: friend });
  });

  test("of one schema waits for nobody who works in another", async () => {
    const { connectionString, pool } = database();
    await migrate({ connectionString, schema: "another" });
    const other = await pool.connect();
    try {
      await other.query("begin");
      await other.query("select another.sync_user_contacts($1, $2, 1)", [newUser(), newPhones(1)]);
      await rows("select link_phone($1, $2)", newPhones(1)[0], newUser());
      expect(await pass()).toMatchObject({ entries_finished: 1, entries_waiting: 0 });

      await rows("select another.link_phone($1, $2)", newPhones(1)[0], newUser());
      expect(await row("select * from another.link_pending_phones()")).toMatchObject({
        entries_finished: 0,
        entries_waiting: 1,
      });
    } finally {
      await other.query("rollback");
      other.release();
    }
  });
});
