import pg from "pg";
import { afterEach, expect, test } from "vitest";
import type { Database } from "../../src/database/database.ts";
import { toContactSyncError } from "../../src/database/errors.ts";
import { limitedPool, type PoolLimits } from "../../src/database/limited-pool.ts";
import { toDatabase } from "../../src/database/to-database.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { openWire } from "../support/wire.ts";

const NAME = "limited-pool";
/** Longer than any test. */
const SLEEP = "select pg_sleep(3600)";
const PATIENT_MS = 600_000;

interface Options extends Partial<PoolLimits> {
  readonly connections?: number;
  /** A TCP port of this machine, instead of the server's socket. */
  readonly port?: number;
}

describePostgres("a limited pool", (server) => {
  const database = useDatabase(server);
  const open: pg.Pool[] = [];
  afterEach(() => Promise.all(open.splice(0).map((pool) => pool.end())));

  /** With two ways to it: one within limits, and one that takes all the time it needs. */
  function openPool({ connections = 2, queryMs = PATIENT_MS, waiting = 10, port }: Options = {}) {
    const pool = new pg.Pool({
      connectionString:
        port === undefined
          ? database().connectionString
          : `postgresql://postgres@127.0.0.1:${port}/${database().name}`,
      application_name: NAME,
      max: connections,
    });
    pool.on("error", () => {});
    open.push(pool);
    return {
      pool,
      limited: limitedPool(pool, { queryMs, waiting }),
      patient: limitedPool(pool, { queryMs: PATIENT_MS, waiting }),
    };
  }

  const backendOf = async (limited: Database) =>
    (await limited.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;

  /** What the pool's connections are running, as the server sees it. */
  async function running(): Promise<number> {
    const { rows } = await database().pool.query(
      `select count(*)::integer as running from pg_stat_activity
        where application_name = $1 and state <> 'idle'`,
      [NAME],
    );
    return rows[0].running;
  }
  const untilRunning = () => until("the pool runs a query", async () => (await running()) > 0);
  const untilIdle = () => until("the pool runs none", async () => (await running()) === 0);

  test("cancels a query that takes too long, on the server too", async () => {
    const { limited, patient } = openPool({ queryMs: 200 });
    const late = limited.query(SLEEP);

    const error = toContactSyncError(await late.catch((thrown) => thrown));

    expect(error).toMatchObject({ code: "TIMED_OUT" });
    await untilIdle();
    expect((await patient.query<{ one: number }>("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  test("rolls back a transaction that takes too long", async () => {
    const { limited, patient } = openPool({ queryMs: 200 });
    const owner = "00000000-0000-4000-8000-000000000001";
    const late = limited.transaction(async (transaction) => {
      await transaction.query("insert into contact_sync_status (owner_id) values ($1)", [owner]);
      await transaction.query(SLEEP);
    });

    expect(toContactSyncError(await late.catch((thrown) => thrown)).code).toBe("TIMED_OUT");
    await untilIdle();
    const { rows } = await patient.query("select from contact_sync_status where owner_id = $1", [
      owner,
    ]);
    expect(rows).toEqual([]);
  });

  test("counts the whole of a transaction, and not each of its statements", async () => {
    const { limited } = openPool({ queryMs: 300 });
    const late = limited.transaction(async (transaction) => {
      for (let statement = 0; statement < 20; statement += 1) {
        await transaction.query("select pg_sleep(0.05)");
      }
    });
    expect(toContactSyncError(await late.catch((thrown) => thrown)).code).toBe("TIMED_OUT");
  });

  test("never lets a cancel request that comes late hit somebody else's query", async () => {
    const wire = await openWire(database().connectionString);
    try {
      const { limited, patient } = openPool({ connections: 1, queryMs: 100, port: wire.port });
      await backendOf(patient);
      const holder = await database().pool.connect();
      await holder.query("select pg_advisory_lock(1), pg_advisory_lock(2)");
      const first = limited.query("select pg_advisory_lock(1)");
      const cancelRequests = wire.holdNew();
      await cancelRequests.isMade;
      await holder.query("select pg_advisory_unlock(1)");
      await first;
      cancelRequests.holdNoMore();

      const next = patient.query("select pg_advisory_lock(2)");
      await untilRunning();
      await cancelRequests.letGo();
      holder.release(true);

      expect((await next).rows).toHaveLength(1);
    } finally {
      await wire.close();
    }
  });

  test("turns away whom it would let wait too long in line", async () => {
    const { pool, limited, patient } = openPool({ connections: 2, queryMs: 300, waiting: 3 });
    const busy = [limited.query(SLEEP), limited.query(SLEEP)];
    const waiting = [1, 2, 3].map(() => patient.query("select 1"));
    const all = Promise.allSettled([...busy, ...waiting]);

    await expect(limited.query("select 1")).rejects.toMatchObject({ code: "OVERLOADED" });
    expect(pool.waitingCount).toBe(3);
    const outcomes = (await all).map(({ status }) => status);
    expect(outcomes).toEqual(["rejected", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
    expect((await patient.query("select 1")).rows).toHaveLength(1);
  });

  test("drops a connection that does not answer any more", async () => {
    const wire = await openWire(database().connectionString);
    try {
      const { pool, limited, patient } = openPool({
        connections: 1,
        queryMs: 150,
        port: wire.port,
      });
      const first = await backendOf(patient);
      wire.freeze();

      const error = await limited.query("select 1").catch((thrown) => thrown);

      expect(error).toMatchObject({ code: "TIMED_OUT" });
      expect(pool.totalCount).toBe(0);
      wire.thaw();
      expect(await backendOf(patient)).not.toBe(first);
    } finally {
      await wire.close();
    }
  });

  test("drops a connection that was killed, and keeps one whose query was refused", async () => {
    const { limited } = openPool({ connections: 1 });
    const first = await backendOf(limited);
    await expect(limited.query("select 1 / 0")).rejects.toMatchObject({ code: "22012" });
    expect(await backendOf(limited)).toBe(first);

    const cut = limited.query(SLEEP).catch((thrown) => toContactSyncError(thrown).code);
    await untilRunning();
    await database().pool.query("select pg_terminate_backend($1::integer)", [first]);

    expect(await cut).toBe("DATABASE_UNAVAILABLE");
    expect(await backendOf(limited)).not.toBe(first);
  });

  test.each([
    "limited",
    "plain",
  ] as const)("survives a server that ends a connection as soon as it is ready (%s)", async (kind) => {
    const wire = await openWire(database().connectionString);
    try {
      const { pool, limited } = openPool({ connections: 1, port: wire.port });
      const on = kind === "limited" ? limited : toDatabase(pool).database;
      wire.endNextWhenReady();
      const error = await on
        .transaction((transaction) => transaction.query("select 1"))
        .catch((thrown) => toContactSyncError(thrown).code);
      expect(error).toBe("DATABASE_UNAVAILABLE");
      const { rows } = await on.transaction((transaction) => transaction.query("select 1 as one"));
      expect(rows).toEqual([{ one: 1 }]);
    } finally {
      await wire.close();
    }
  });
});
