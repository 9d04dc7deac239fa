import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newUser, useSql } from "../support/sql.ts";

const CALLS_EACH = 1_500;
const ATTEMPTS = 5;
const ALL_KINDS = ["not registered", "nobody", "blocked", "mutual"] as const;

/** Of a call's time; a table that is read from end to end, or a wait, is far more. */
const MOST = 0.1;

// Whoever syncs one number after the other and looks at the clock: what is not to be told takes as
// long, whatever the reason is, but for the few rows that are looked at to know it (2 or 3 % of a
// call that brings one number, docs/security.md). Calls of all kinds are mixed, so that whatever else
// goes on in the machine hits all of them; and where one seems to take longer, it is measured again,
// with others.
describePostgres("the time of a sync", (server) => {
  const { database, rows } = useSql(server);
  // On a cluster another node is asked for the book of who is mutual (docs/citus.md).
  const KINDS = ALL_KINDS.filter((kind) => kind !== "mutual" || !server.onCitus);

  /** The kinds of which a call takes longer, or shorter, than one of "not registered". */
  async function toldApart(): Promise<{ kind: string; ratio: number }[]> {
    const owner = newUser();
    await rows("drop table if exists tried");
    await rows(
      `create table tried as
         select md5($3 || ' number ' || i)::uuid as phone_key, md5($3 || ' user ' || i)::uuid as user_id,
                ($1::text[])[1 + i % cardinality($1::text[])] as kind
           from generate_series(1, $2) as i`,
      [...KINDS],
      CALLS_EACH * KINDS.length,
      owner,
    );
    await rows(
      `insert into phones (phone_key, linked_user_id, verified_at)
       select t.phone_key, t.user_id, now() from tried t where t.kind <> 'not registered'
        union all
       select gen_random_uuid(), $1::uuid, now()`,
      owner,
    );
    await rows(
      `insert into contact_sync_consent (user_id, discoverable, has_blocks)
       select t.user_id, nullif(t.kind, 'blocked'), t.kind = 'blocked'
         from tried t where t.kind <> 'not registered'`,
    );
    await rows(
      `insert into contact_sync_blocks (user_id, blocked_user_id)
       select t.user_id, $1 from tried t where t.kind = 'blocked'`,
      owner,
    );
    const { rows: tried } = await database().pool.query<{ phone_key: string; kind: string }>(
      "select phone_key, kind from tried order by random()",
    );

    const client = await database().pool.connect();
    const times = new Map<string, number[]>(KINDS.map((kind) => [kind, []]));
    try {
      await client.query("vacuum analyze");
      for (const [place, { phone_key, kind }] of tried.entries()) {
        const began = process.hrtime.bigint();
        const { rows: answers } = await client.query({
          name: "sync",
          text: "select matched_contacts, contacts_inserted from sync_phone_keys($1, $2, 1)",
          values: [owner, [phone_key]],
        });
        const took = Number(process.hrtime.bigint() - began);
        expect(answers).toEqual([{ matched_contacts: 0, contacts_inserted: 1 }]);
        // The first calls make plans.
        if (place >= 100) times.get(kind)?.push(took);
      }
    } finally {
      client.release();
    }

    const absent = median(times.get("not registered") ?? []);
    return KINDS.slice(1).flatMap((kind) => {
      const ratio = median(times.get(kind) ?? []) / absent;
      return Math.abs(ratio - 1) < MOST ? [] : [{ kind, ratio }];
    });
  }

  test("does not tell who is hidden, or has blocked the owner, from who is not registered", async () => {
    await rows("select use_unsealed()");
    await rows("select set_new_number_budget(0, 1)");
    let told = await toldApart();
    for (let attempt = 1; attempt < ATTEMPTS && told.length > 0; attempt += 1) {
      const again = await toldApart();
      told = again.filter(({ kind }) => told.some((before) => before.kind === kind));
    }
    expect(told).toEqual([]);
  }, 720_000);
});

function median(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[times.length >> 1] ?? Number.NaN;
}
