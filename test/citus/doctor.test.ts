import pg from "pg";
import { expect, test } from "vitest";
import type { Fault } from "../../src/database/check/fault.ts";
import { examine } from "../../src/doctor/examine.ts";
import { mend } from "../../src/doctor/mend.ts";
import { createContactSync, migrate } from "../../src/index.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describeCitus, type TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

describeCitus("what is wrong with a cluster", (server) => {
  // Roles are those of all databases, also of the tests that run meanwhile.
  async function faultsOf({ pool }: TestDatabase): Promise<Fault[]> {
    const { rows } = await pool.query<Fault>(
      "select * from check_contact_sync() where severity <> 'note' and code <> 'CLUSTER_ROLE'",
    );
    return rows;
  }

  const told = (faults: Fault[]) => faults.map(({ code, object }) => `${code} ${object}`);

  /** On one node alone, as somebody who is there by hand. */
  const behindCitus = (node: string, text: string) =>
    query(node, `set citus.enable_ddl_propagation = off; ${text}`);

  test("is nothing after migrate", async () => {
    const database = await server.createDatabase({ template: "undistributed" });
    const { connectionString } = database;
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const { applied, spread, faults } = await migrate({ connectionString, citus: true, log });
    expect(applied).toEqual([]);
    expect(spread?.tables).toBeGreaterThan(10);
    expect(lines).toEqual([`spread ${spread?.tables} tables over ${spread?.nodes} nodes`]);
    expect(told(faults.filter(({ severity }) => severity !== "note"))).toEqual([]);

    expect(await migrate({ connectionString })).toMatchObject({ spread: { tables: 0 } });
  });

  test("is found on each node, and its cure is a statement here", async () => {
    const database = await server.createDatabase();
    const [here, worker] = database.nodes as [string, string];
    await database.pool.query("select distribute_contact_sync()"); // the nodes set their rights
    await behindCitus(worker, "grant select on phones to anon");
    await behindCitus(
      worker,
      `create or replace function contact_sync_is_queue_large() returns boolean language plpgsql stable
         set search_path = public, pg_temp as 'begin return false; end'`,
    );
    await query(
      here,
      "alter function contact_sync_lock_group(uuid[]) set plan_cache_mode = force_generic_plan",
    );
    const faults = await faultsOf(database);
    expect(told(faults)).toEqual([
      "CLUSTER_FUNCTION public.contact_sync_lock_group(uuid[])",
      expect.stringMatching(/^GRANTED_TO_OTHERS public.phones on node /),
      expect.stringMatching(/^CLUSTER_FUNCTION public.contact_sync_is_queue_large\(\) on node /),
    ]);
    for (const { cure, is_fixable } of faults) {
      expect(is_fixable).toBe(true);
      await database.pool.query(cure);
    }
    expect(await faultsOf(database)).toEqual([]);
  });

  test("of many faults on a node is mended by one run of the statement that cures them all", async () => {
    const database = await server.createDatabase();
    const [, worker] = database.nodes as [string, string];
    await database.pool.query("select distribute_contact_sync()");
    await behindCitus(worker, "grant execute on all functions in schema public to anon");
    const faults = await faultsOf(database);
    expect(faults.length).toBeGreaterThan(100);
    const [cure] = [...new Set(faults.map((fault) => fault.cure))] as [string];

    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    const shown: string[] = [];
    try {
      await mend(client, faults, (statement) => shown.push(statement));
    } finally {
      await client.end();
    }
    expect(shown).toEqual([cure]);
    expect(await faultsOf(database)).toEqual([]);
  });

  test("tells of nodes that compile statements, until they do not", async () => {
    const database = await server.createDatabase();
    const compiling = async () => {
      const { rows } = await database.pool.query<Fault>(
        "select * from check_contact_sync() where code = 'CLUSTER_JIT' order by object",
      );
      return rows;
    };
    const { rows } = await database.pool.query("select current_database() as name");
    const { name } = rows[0] as { name: string };
    const set = (value: string) =>
      Promise.all(
        database.nodes.map((node) =>
          behindCitus(node, `alter database "${name}" set jit = ${value}`),
        ),
      );
    await set("on");
    const faults = await compiling();
    expect(faults).toHaveLength(database.nodes.length - 1); // not of the coordinator
    expect(faults[0]).toMatchObject({ severity: "note", is_fixable: false });
    for (const node of database.nodes)
      await behindCitus(node, faults[0]?.cure.match(/alter.*?;/)?.[0] ?? "");
    expect(await compiling()).toEqual([]);
  });

  test("tells of prepared transactions that were left, and which node ends them", async () => {
    const database = await server.createDatabase();
    const [here, worker] = database.nodes as [string, string];
    const [own] = (await query(worker, "select groupid from pg_dist_local_group")) as [
      { groupid: number },
    ];
    const [{ definition }] = (await query(
      here,
      "select pg_get_functiondef('contact_sync_node_state'::regproc) as definition",
    )) as [{ definition: string }];
    expect(definition).toContain("interval '10 minutes'");
    await behindCitus(here, definition.replace("interval '10 minutes'", "interval '0 seconds'"));

    const left = [`citus_${own.groupid}_1_1_1`, "citus_4711_1_1_1"];
    await until("both are told of", async () => {
      // Each node's daemon ends what that node has left, from time to time.
      for (const gid of left) {
        await query(here, `begin; select pg_current_xact_id(); prepare transaction '${gid}'`).catch(
          () => {},
        );
      }
      const { rows } = await database.pool.query<Fault>(
        "select * from check_contact_sync() where code = 'CLUSTER_PREPARED'",
      );
      if (rows.length < left.length) return false;
      const port = new URLSearchParams(worker.slice(worker.indexOf("?"))).get("port");
      const end = "select recover_prepared_transactions();";
      expect(rows.map(({ severity, cure }) => [severity, cure])).toEqual([
        ["warning", expect.stringMatching(new RegExp(`As a superuser on node .*:${port}: `))],
        ["warning", `As a superuser on the node that has begun them: ${end}`],
      ]);
      return true;
    });
  });

  test("a worker is refused to who migrates, opens or examines it", async () => {
    const { nodes } = await server.createDatabase();
    const [, worker] = nodes as [string, string];
    const refusal = {
      code: "UNSUPPORTED_CLUSTER",
      message: expect.stringContaining("Connect to the coordinator"),
    };
    await expect(migrate({ connectionString: worker })).rejects.toMatchObject(refusal);
    const opened = createContactSync({ database: worker, key: TEST_KEY });
    await expect(opened).rejects.toMatchObject(refusal);

    const client = new pg.Client({ connectionString: worker });
    await client.connect();
    try {
      const examined = examine(client, { schema: "public", key: undefined, now: Date.now });
      await expect(examined).rejects.toMatchObject(refusal);
    } finally {
      await client.end();
    }
  });
});
