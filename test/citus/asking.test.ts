import pg from "pg";
import { expect, test } from "vitest";
import { link, sync } from "../interleavings/calls.ts";
import { aPhone, someone, useSessions } from "../interleavings/session.ts";
import { describeCitus, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { ownerOn } from "./nodes.ts";

// The linker asks every node what it shows and who is behind its fence.
describeCitus("asking the nodes", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  const workers = () => database().nodes.slice(1);

  /** What a pass of the linker sends to other nodes. */
  async function sentByAPass(): Promise<string[]> {
    const client = new pg.Client({ connectionString: database().connectionString });
    await client.connect();
    const sent: string[] = [];
    client.on("notice", ({ message = "" }) => sent.push(message));
    const phone = aPhone();
    await client.query("select link_phone($1, $2)", [phone, someone()]);
    await client.query("set citus.log_remote_commands = on");
    const { rows } = await client.query("select * from link_pending_phones($1::uuid[])", [[phone]]);
    await client.end();
    expect(rows).toMatchObject([{ entries_finished: 1, entries_waiting: 0 }]);
    return sent.filter((message) => message.startsWith("issuing "));
  }
  const FUNCTIONS = ["node_transactions", "node_shows", "node_fence_holders"];
  const times = (sent: readonly string[], text: string) =>
    sent.filter((message) => message.includes(text)).length;

  test("takes the connections that are there, and each question once a node", async () => {
    const sent = await sentByAPass();
    expect(FUNCTIONS.map((name) => times(sent, name))).toEqual(
      FUNCTIONS.map(() => workers().length),
    );
    expect(times(sent, "citus_run_command")).toBe(0);
  });

  test("tells of nothing that this transaction has written", async () => {
    const linker = await open();
    const entries = "select array_agg(entry_id) as ids from contact_sync_pending_links";
    const shown = async () => {
      const [{ ids }] = (await linker.rows(entries)) as [{ ids: string[] }];
      const [{ seen }] = (await linker.rows(
        "select s.link_ids as seen from contact_sync_shown_everywhere($1::bigint[], null, null, null) as s",
        [ids],
      )) as [{ seen: string[] }];
      return { ids, seen };
    };
    await link(linker, aPhone(), someone());
    const { ids: committed, seen } = await shown();
    expect(seen).toEqual(committed);

    await linker.begin();
    await link(linker, aPhone(), someone());
    const within = await shown();
    expect(within.ids).toHaveLength(committed.length + 1);
    expect(within.seen).toEqual(committed);
    await linker.commit();
    const { ids, seen: afterwards } = await shown();
    expect(afterwards).toEqual(ids);
    await linker.rows("select link_pending_phones()");
  });

  test("finds others behind the fence of every node, and not what works for this transaction", async () => {
    const [linker, device] = [await open(), await open()];
    const groups = async () => {
      const [{ holders }] = (await linker.rows(
        "select contact_sync_fence_holders() as holders",
      )) as [{ holders: string[] }];
      return new Set(holders.map((id) => BigInt(id) >> 32n)).size;
    };
    const owners = Array.from({ length: 40 }, someone);
    for (const owner of owners) await sync(device, owner, [aPhone()]);
    await linker.begin();

    // Over more connections than the one to each node that asks: one a shard.
    await linker.rows("set local citus.force_max_query_parallelization = on");
    await linker.rows("update contact_sync_status set updated_at = now()");
    for (const owner of owners) {
      await linker.rows("select contact_sync_enter_node_fence(array[$1::uuid])", [owner]);
    }
    const helpers = await Promise.all(
      workers().map((node) =>
        query(
          node,
          "select from pg_locks where locktype = 'advisory' and classid = x'6373796e'::integer::oid and database = (select oid from pg_database where datname = current_database())",
        ),
      ),
    );
    expect(helpers.flat().length).toBeGreaterThan(workers().length);
    expect(await groups()).toBe(0);

    await device.begin();
    for (const node of workers()) await sync(device, await ownerOn(database(), node), [aPhone()]);
    expect(await groups()).toBe(database().nodes.length);
    await device.rollback();
    await linker.rollback();
  });

  test("knows its own sessions on a node as they are now", async () => {
    const [asking, helper] = [await open(), await open()];
    const own = async () => {
      const [{ pids }] = (await asking.rows(
        "select contact_sync_node_own_sessions('a helper') as pids",
      )) as [{ pids: number[] }];
      return pids;
    };
    await asking.begin();
    expect(await own()).toEqual([asking.pid]);
    await helper.rows("set application_name = 'a helper'");
    expect(await own()).toEqual([helper.pid, asking.pid]);
  });

  test("asks a node without shards as well", async () => {
    const [away] = workers() as [string];
    const port = new URLSearchParams(away.slice(away.indexOf("?"))).get("port");
    await query(
      database().superuserConnectionString,
      `select citus_drain_node(nodename, nodeport, 'block_writes') from pg_dist_node where nodeport = ${port}`,
    );
    const sent = await sentByAPass();
    expect(FUNCTIONS.map((name) => times(sent, name))).toEqual(
      FUNCTIONS.map(() => workers().length),
    );
    expect(times(sent, "citus_run_command")).toBe(FUNCTIONS.length);
  });
});
