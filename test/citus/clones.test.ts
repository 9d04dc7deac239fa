import pg from "pg";
import { expect, test } from "vitest";
import { someone, untilBlocked, useSessions } from "../interleavings/session.ts";
import { createLogin } from "../support/login.ts";
import { describeCitus, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

// A test's database is a copy, node by node, of one that was spread: what is tested is that the
// copies are a cluster too.
describeCitus("a test's database", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  const rows = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  const onEachNode = (text: string) =>
    Promise.all(database().nodes.map((node) => query(node, text)));

  /** Owners of as many nodes. */
  async function ownersOnDifferentNodes(count: number): Promise<string[]> {
    const byNode = new Map<number, string>();
    while (byNode.size < count) {
      const owner = someone();
      const [{ node }] = await rows(
        `select p.groupid as node
           from pg_dist_placement p
          where p.shardid = get_shard_id_for_distribution_column('contact_sync_status', $1::uuid)`,
        [owner],
      );
      byNode.set(node, owner);
    }
    return [...byNode.values()];
  }
  const insert = "insert into contact_sync_status (owner_id) values ($1)";
  const touch = "update contact_sync_status set updated_at = now() where owner_id = $1";

  test("has nodes that reach one another", async () => {
    const checked = await query(
      database().superuserConnectionString,
      "select result from citus_check_cluster_node_health()",
    );
    const nodes = database().nodes.length;
    expect(checked).toEqual(Array.from({ length: nodes ** 2 }, () => ({ result: true })));
  });

  test("has shards on several nodes, and a directory on each", async () => {
    const owners = Array.from({ length: 50 }, someone);
    for (const owner of owners) await rows(insert, [owner]);
    const held = await rows("select count(*)::integer as n from contact_sync_status");
    expect(held[0].n).toBe(50);
    await rows("delete from contact_sync_status where owner_id = any ($1)", [owners]);
    const placed = await rows(
      `select count(distinct p.groupid)::integer as nodes
         from pg_dist_shard s join pg_dist_placement p using (shardid)
        where s.logicalrelid = 'phones'::regclass`,
    );
    expect(placed).toEqual([{ nodes: database().nodes.length }]);
  });

  test("commits on several nodes or on none", async () => {
    const owners = await ownersOnDifferentNodes(2);
    const session = await open();
    await session.begin();
    for (const owner of owners) await session.rows(insert, [owner]);
    await session.rollback();
    const stored = "select from contact_sync_status where owner_id = any ($1)";
    expect(await rows(stored, [owners])).toHaveLength(0);
    await session.begin();
    for (const owner of owners) await session.rows(insert, [owner]);
    await session.commit();
    expect(await rows(stored, [owners])).toHaveLength(2);
  });

  test("finds a deadlock between two nodes", async () => {
    const [one, other] = (await ownersOnDifferentNodes(2)) as [string, string];
    for (const owner of [one, other]) await rows(insert, [owner]);
    const [first, second] = [await open(), await open()];
    await first.begin();
    await second.begin();
    await first.rows(touch, [one]);
    await second.rows(touch, [other]);
    const crossed = [first.rows(touch, [other])];
    await untilBlocked(database(), first);
    crossed.push(second.rows(touch, [one]));
    const outcomes = await Promise.allSettled(crossed);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const failed = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
    expect(failed.reason).toMatchObject({ code: "40P01" });
  });

  test("tells who waits, wherever the lock is", async () => {
    for (const owner of await ownersOnDifferentNodes(2)) {
      await rows(insert, [owner]);
      const [holder, waiter] = [await open(), await open()];
      await holder.begin();
      await holder.rows(touch, [owner]);
      const waiting = waiter.rows(touch, [owner]);
      expect(await untilBlocked(database())).toEqual([waiter.pid]);
      await holder.rollback();
      await waiting;
    }
  });

  test("has its roles on every node, until it is dropped", async () => {
    const dropped = await server.createDatabase();
    const login = await createLogin(dropped, "createrole");
    const found = `select rolcanlogin and rolcreaterole as is_so from pg_roles where rolname = '${login.name}'`;
    expect(await onEachNode(found)).toEqual(database().nodes.map(() => [{ is_so: true }]));
    const client = new pg.Client({ connectionString: login.connectionString });
    await client.connect();
    await client.end();
    await dropped.drop();
    expect(await onEachNode(found)).toEqual(database().nodes.map(() => []));
  });

  test("leaves nothing behind on any node", async () => {
    const dropped = await server.createDatabase();
    await dropped.pool.query(insert, [someone()]);
    // As if the coordinator had died between the two halves of a commit.
    const [, worker] = dropped.nodes;
    await query(
      worker as string,
      "begin; create table half (id int); prepare transaction 'citus_0_1_1_1'",
    );
    await dropped.drop();
    await until("its daemons have ended", async () => {
      const left = await onEachNode(
        `select from pg_database where datname = '${dropped.name}'
          union all
         select from pg_stat_activity where datname = '${dropped.name}'`,
      );
      return left.flat().length === 0;
    });
  });
});
