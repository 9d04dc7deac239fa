import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser, useSql } from "../support/sql.ts";

// In a book of 100 times as many contacts, pages of an index are one level deeper here and there.
const DEEPER = 1.3;

describePostgres("what a delta costs", (server) => {
  const { database, rows, row, value } = useSql(server);
  const SIZES = [1_000, 100_000];

  async function books() {
    await rows("select set_new_number_budget(0, 1)");
    const books = [];
    for (const size of SIZES) {
      const [owner, hashes] = [newUser(), newPhones(size)];
      const session = await value(
        "select contact_sync_begin_session($1, 'phone', 'replace', $2)",
        owner,
        size,
      );
      for (let part = 0; part * 10_000 < size; part++) {
        const keys = hashes.slice(part * 10_000, (part + 1) * 10_000);
        await rows(
          "select contact_sync_stage_part($1, $2, $3, $4::uuid[])",
          owner,
          session,
          part,
          keys,
        );
      }
      const { sync_mark } = await row(
        `select c.* from contact_sync_sessions s
                cross join lateral contact_sync_commit_session(s.owner_id, s.session_id, s.version, 500, true, true) as c
          where s.session_id = $1`,
        session,
      );
      books.push({ owner, hashes, mark: sync_mark as string });
    }
    await rows("vacuum analyze");
    return books;
  }

  /** The pages that a statement looked at, those that functions in it looked at included. */
  async function pagesOf(text: string, ...values: unknown[]): Promise<number> {
    const client = await database().pool.connect();
    try {
      const explained = `explain (analyze, buffers, timing off, format json) ${text}`;
      // The first one of a session reads the catalog and plans.
      await client.query("begin");
      await client.query(explained, values);
      await client.query("rollback");
      const { rows: plan } = await client.query(explained, values);
      const node = plan[0]["QUERY PLAN"][0].Plan;
      return node["Shared Hit Blocks"] + node["Shared Read Blocks"];
    } finally {
      client.release();
    }
  }

  const DELTA =
    "select * from sync_phone_keys_delta($1, 'phone', $2, $3::uuid[], $4::uuid[], $5, false)";

  test("is the same for a book of 1,000 and of 100,000; and without a change, reads alone", async ({
    skip,
  }) => {
    skip(server.onCitus, "its pages are counted where they are, on another node");
    const [small, large] = await books();
    if (small === undefined || large === undefined) throw new Error("two books expected");
    const nothing: number[] = [];
    const changed: number[] = [];
    for (const { owner, hashes, mark } of [small, large]) {
      const cursor = (await row("select * from list_contact_changes($1)", owner)).changes_cursor;
      const stored = () =>
        rows(
          `select 'contact' as table, max(xmin::text::bigint)::text as newest from contacts_with_accounts where owner_id = $1
              union all select 'status', xmin::text from contact_sync_status where owner_id = $1
              union all select 'device', xmin::text from contact_sync_devices where owner_id = $1
              union all select 'runs', count(*)::text from contact_sync_runs where owner_id = $1`,
          owner,
        );

      const before = await stored();
      nothing.push(await pagesOf(DELTA, owner, mark, [], [], cursor));
      expect(await stored()).toEqual(before);

      changed.push(await pagesOf(DELTA, owner, mark, newPhones(3), hashes.slice(0, 1), cursor));
      expect(
        await value("select contacts_count from contact_sync_status where owner_id = $1", owner),
      ).toBe(hashes.length + 2);
    }
    expect(nothing[1]).toBe(nothing[0]);
    // Two look-ups, of the device and of the owner's row, and what a planner keeps open beside them.
    expect(nothing[1]).toBeLessThanOrEqual(12);
    expect((changed[1] ?? 0) / (changed[0] ?? 0)).toBeLessThan(DEEPER);
  });

  test("without a change takes no lock that another transaction could wait for", async () => {
    const [owner, hashes] = [newUser(), newPhones(3)];
    const { sync_mark, changes_cursor } = await row(
      "select * from sync_phone_keys($1, $2::uuid[], 3, 500, 'replace', false, true, 'phone')",
      owner,
      hashes,
    );
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query(DELTA, [owner, sync_mark, [], [], changes_cursor]);
      const { rows: held } = await client.query(
        "select mode from pg_locks where pid = pg_backend_pid() and (locktype <> 'relation' and locktype <> 'virtualxid' or mode <> 'AccessShareLock' and locktype = 'relation')",
      );
      expect(held).toEqual([]);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});
