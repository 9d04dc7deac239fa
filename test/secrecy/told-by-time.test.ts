import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newUser, useSql } from "../support/sql.ts";

const CALLS_EACH = 1_500;
const ATTEMPTS = 5;
const KINDS = ["not registered", "nobody", "blocked", "mutual"] as const;

// Whoever syncs one number after the other and looks at the clock: what is not to be told takes as
// long, whatever the reason is. Of two kinds, how often a call of the one takes longer than a call
// of the other (the area under the curve of Mann and Whitney's test) is a half where nothing can be
// told. Calls of all kinds are mixed, so that whatever else goes on in the machine hits all of them;
// and where it seems to tell, it is measured again, with others: what can be told can be told each time.
describePostgres("the time of a sync", (server) => {
  const { database, rows } = useSql(server);

  /** The kinds that can be told from "not registered". */
  async function toldApart(): Promise<{ kind: string; share: number }[]> {
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

    const absent = times.get("not registered") ?? [];
    return KINDS.slice(1).flatMap((kind) => {
      const share = howOftenLonger(times.get(kind) ?? [], absent);
      return Math.abs(share - 0.5) < 0.05 ? [] : [{ kind, share }];
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

/** The share of pairs in which the first took longer than the second. */
function howOftenLonger(first: readonly number[], second: readonly number[]): number {
  const ranked = [
    ...first.map((time) => ({ time, isFirst: true })),
    ...second.map((time) => ({ time, isFirst: false })),
  ].sort((one, other) => one.time - other.time);
  let shorter = 0;
  let pairs = 0;
  for (const { isFirst } of ranked) {
    if (isFirst) pairs += shorter;
    else shorter += 1;
  }
  return pairs / (first.length * second.length);
}
