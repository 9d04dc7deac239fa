import { randomUUID } from "node:crypto";
import pg from "pg";
import { pino } from "pino";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { watchOwnersInTheWay } from "../../src/jobs/owners-in-the-way.ts";
import { earlier } from "../support/earlier.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { numberOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

describePostgres("an owner who is long in the linker's way", (server) => {
  const database = useDatabase(server);
  let opened: OpenApp;
  beforeAll(async () => {
    opened = await openApp(database());
    return () => opened.close();
  });
  const app = () => opened;
  let owner: string;
  let node: string;
  const name = randomUUID();

  /** Where the owner's status lies: on a cluster, in which of its tables on which node. */
  const placed = async () => {
    const [coordinator] = database().nodes as [string];
    if (!server.onCitus) return { node: coordinator, table: "contact_sync_status" };
    const [{ port, table }] = (await query(
      coordinator,
      `select nodeport as port, shard_name as table from citus_shards
        where shardid = get_shard_id_for_distribution_column('contact_sync_status', '${owner}'::uuid)`,
    )) as [{ port: number; table: string }];
    const at = database().nodes.find((url) => url.includes(`port=${port}`)) as string;
    return { node: at, table };
  };

  // A prepared transaction may be as old as the test says; of a session, the server knows better.
  beforeEach(async () => {
    const book = await openBook(app(), 1);
    owner = book.userId;
    const { table, ...at } = await placed();
    ({ node } = at);
    const client = new pg.Client({ connectionString: node });
    await client.connect();
    await client.query("begin");
    await client.query(`select from ${table} where owner_id = $1 for update`, [owner]);
    await client.query(`prepare transaction '${name}'`);
    await client.end();
    const linked = await app().request({
      method: "PUT",
      url: `/api/v1/users/${randomUUID()}/phones`,
      token: SERVICE_KEY,
      body: { phoneNumber: numberOf(0) },
    });
    expect(linked.json()).toEqual({ success: true, data: { changed: true, links_pending: 1 } });
  });
  afterEach(async () => {
    await query(node, `rollback prepared '${name}'`);
  });

  const longAgo = () =>
    app().pool.query(
      `update contact_sync_pending_links set late_since = ${earlier("late_since", "interval '90 seconds'")}`,
    );
  const gauges = async () => {
    const { body } = await app().request({ method: "GET", url: "/metrics" });
    const value = (metric: string) =>
      Number(body.match(new RegExp(`^${metric} (.+)$`, "m"))?.[1] ?? Number.NaN);
    return {
      owners: value("contact_sync_owners_in_the_way"),
      seconds: value("contact_sync_owners_in_the_way_seconds"),
      text: body,
    };
  };

  test("is named in the log once a minute, and counted without a name in the metrics", async () => {
    const lines: string[] = [];
    let now = 0;
    const logger = pino({ level: "warn" }, { write: (line: string) => lines.push(line) });
    const watch = watchOwnersInTheWay(app().engine, logger, () => now);

    await watch();
    expect(lines).toHaveLength(0);
    expect(await gauges()).toMatchObject({ owners: 0, seconds: 0 });

    await longAgo();
    await watch();
    now = 59_999;
    await watch();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      owner_id: owner,
      numbers_waiting: 1,
      state: "prepared",
      prepared_as: name,
      pid: null,
    });
    now = 60_000;
    await watch();
    expect(lines).toHaveLength(2);

    const { owners, seconds, text } = await gauges();
    expect(owners).toBe(1);
    expect(seconds).toBeGreaterThan(90);
    expect(text).not.toContain(owner);
  });
});
