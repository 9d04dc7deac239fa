import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { aPhone, someone } from "../interleavings/session.ts";
import { describeCitus, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";
import { act, newWorld, quiet, wrong } from "./crowd.ts";

const MOVES = runs(4);
const TIME_LIMIT_MS = 300_000 + MOVES * 60_000;

interface Placement {
  shard: string;
  from: string;
  to: string;
}

// Shards move to another node while their owners work.
describeCitus("a shard that moves", (server) => {
  const database = useDatabase(server);

  /** Where each group of shards lies, and another node. */
  const placements = () =>
    query(
      database().superuserConnectionString,
      `select p.shardid as shard,
              format('%L, %s', n.nodename, n.nodeport) as from,
              (select format('%L, %s', o.nodename, o.nodeport)
                 from pg_dist_node o
                where o.shouldhaveshards and o.groupid <> n.groupid
                order by random() limit 1) as to
         from pg_dist_shard s
         join pg_dist_placement p using (shardid)
         join pg_dist_node n using (groupid)
        where s.logicalrelid = 'contacts_with_accounts'::regclass
        order by random()`,
    ) as Promise<Placement[]>;

  for (const mode of ["block_writes", "auto"]) {
    test(
      `loses no call and no link (${mode})`,
      async ({ skip }) => {
        const { pool, superuserConnectionString } = database();
        const [wal] = (await query(superuserConnectionString, "show wal_level")) as [
          { wal_level: string },
        ];
        skip(mode === "auto" && wal.wal_level !== "logical", "wal_level is not logical");
        await pool.query("select use_unsealed()");
        const world = newWorld();
        let isOver = false;
        let calls = 0;
        const refused = new Map<string, number>();
        const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
        const crowd = clients.map(async (client) => {
          while (!isOver) {
            const code = await act(client, world);
            if (code !== undefined) refused.set(code, (refused.get(code) ?? 0) + 1);
            calls += 1;
          }
        });
        const [owner, phones] = [someone(), [] as string[]];
        const diary = (async () => {
          while (!isOver) {
            const phone = aPhone();
            await pool.query("select * from sync_phone_keys($1, $2::uuid[], 1, 500)", [
              owner,
              [phone],
            ]);
            phones.push(phone);
          }
        })();

        const moving = (async () => {
          for (let move = 0; move < MOVES; move += 1) {
            const [{ shard, from, to }] = (await placements()) as [Placement];
            const before = calls;
            await until("what an earlier move has left can be cleaned up", () =>
              query(
                superuserConnectionString,
                `select citus_move_shard_placement(${shard}, ${from}, ${to}, '${mode}')`,
              ).then(
                () => true,
                (error: Error) => {
                  if (/could not be cleaned up/.test(error.message)) return false;
                  throw error;
                },
              ),
            );
            await until("calls go on", () => calls > before + 10);
          }
        })();
        await moving.finally(() => {
          isOver = true;
        });
        await Promise.all([...crowd, diary]);
        for (const client of clients) client.release();

        await quiet(database());
        expect(await wrong(database())).toEqual([]);
        const { rows } = await pool.query(
          "select contacts_count from contact_sync_status where owner_id = $1",
          [owner],
        );
        expect(rows).toEqual([{ contacts_count: phones.length }]);
        expect(
          [...refused.keys()].filter((code) => !["40P01", "YC006", "YC008"].includes(code)),
        ).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  }
});
