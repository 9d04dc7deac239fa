import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterEach, describe, expect, test, vi } from "vitest";
import { serverUser } from "../../src/embedded/server-user.ts";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses, postmasterOf } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const { usedDataDir, start } = useDataDirs();

const bystanders: ChildProcess[] = [];

afterEach(() => {
  for (const bystander of bystanders.splice(0)) bystander.kill("SIGKILL");
});

/** Kills the server of a living owner and waits for the next, which need not be up yet. */
async function killServer(dataDir: string): Promise<void> {
  const killed = postmasterOf(dataDir);
  process.kill(killed, "SIGKILL");
  await until("there is a new server", () => {
    try {
      const next = postmasterOf(dataDir);
      // NaN while the file is being written.
      return !Number.isNaN(next) && next !== killed;
    } catch {
      return false;
    }
  });
}

async function untilAnswers(connectionString: string): Promise<void> {
  const rows = await until("it answers again", () =>
    query(connectionString, "select 1 as one").catch(() => undefined),
  );
  expect(rows).toEqual([{ one: 1 }]);
}

describe("the embedded database comes back", () => {
  test("by itself and where it was, when its server is killed under a living owner", async () => {
    const dataDir = await usedDataDir();
    const onLost = vi.fn();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir, onLost });
    const pool = new pg.Pool({ connectionString });
    pool.on("error", () => {});
    await pool.query("create table kept as select 1 as id");
    for (let round = 0; round < 2; round++) {
      await killServer(dataDir);
      const { rows } = await until("it answers again", () =>
        pool.query("select id from kept").catch(() => undefined),
      );
      expect(rows).toEqual([{ id: 1 }]);
    }
    expect(onLost).not.toHaveBeenCalled();
    expect((await start(dataDir).next("failed")).code).toBe("DATABASE_BUSY");
    await pool.end();
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("also when it is killed again on its way up", async () => {
    const dataDir = await usedDataDir();
    const onLost = vi.fn();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir, onLost });
    for (let round = 0; round < 4; round++) await killServer(dataDir);
    await untilAnswers(connectionString);
    expect(onLost).not.toHaveBeenCalled();
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("also on the loopback interface, at the same port", async () => {
    const dataDir = await usedDataDir("long".repeat(25));
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const killed = postmasterOf(dataDir);
    process.kill(killed, "SIGKILL");
    await untilAnswers(connectionString);
    expect(postmasterOf(dataDir)).not.toBe(killed);
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("at once, when both processes are killed", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    await query(await first.ready(), "create table kept as select 1 as id");
    process.kill(postmasterOf(dataDir), "SIGKILL");
    await first.end("SIGKILL");
    expect(await query(await start(dataDir).ready(), "select id from kept")).toEqual([{ id: 1 }]);
  });

  test("and stops for good when it is told to while it comes back", async () => {
    const dataDir = await usedDataDir();
    const { stop } = await startEmbeddedDatabase({ dataDir });
    await killServer(dataDir);
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("although a session of the killed server computes on and holds its memory", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    const connection = await first.ready();
    const client = new pg.Client(connection);
    client.on("error", () => {});
    await client.connect();
    const pid = (await client.query("select pg_backend_pid() as pid")).rows[0].pid as number;
    client.query("select count(*) from generate_series(1, 1e12::bigint) as n").catch(() => {});
    await until("it computes", async () => {
      const active = `select from pg_stat_activity where pid = ${pid} and state = 'active'`;
      return (await query(connection, active)).length > 0;
    });
    process.kill(postmasterOf(dataDir), "SIGKILL");
    await first.end("SIGKILL");
    expect(clusterProcesses(dataDir)).toContain(pid);

    const connectionString = await start(dataDir).ready();
    expect(await query(connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(clusterProcesses(dataDir)).not.toContain(pid);
  });

  test.each([
    ["another process has inherited the dead server's number", "echo $$"],
    ["nobody has reaped the dead server", "sleep 0 & echo $!"],
  ])("although %s", async (_what, script) => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    await first.ready();
    const lockFiles = ["postgres/postmaster.pid", "socket/.s.PGSQL.5432.lock"].map((file) =>
      join(dataDir, file),
    );
    const contents = lockFiles.map((file) => readFileSync(file, "utf8"));
    const dead = String(postmasterOf(dataDir));
    await first.end("SIGTERM");

    // Of the server's user: PostgreSQL believes in no other.
    const bystander = spawn("sh", ["-c", `${script}; exec sleep 60`], {
      ...serverUser(),
      cwd: "/",
      stdio: ["ignore", "pipe", "ignore"],
    });
    bystanders.push(bystander);
    const [heir] = await once(bystander.stdout, "data");
    lockFiles.forEach((file, index) => {
      writeFileSync(file, contents[index]?.replace(dead, String(heir).trim()) ?? "");
    });
    expect(postmasterOf(dataDir)).toBe(Number(heir));

    await start(dataDir).ready();
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  });

  test("although a power cut has left an empty lock file", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    await first.ready();
    await first.end("SIGTERM");
    writeFileSync(join(dataDir, "postgres/postmaster.pid"), "");
    await start(dataDir).ready();
  });

  test("while the former server is still shutting down", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    const client = new pg.Client(await first.ready());
    client.on("error", () => {});
    await client.connect();
    const killed = postmasterOf(dataDir);
    await first.end("SIGKILL");
    // Waits for the session that is open.
    process.kill(killed, "SIGTERM");
    const second = start(dataDir);
    await until("the second is turned away", () =>
      readFileSync(join(dataDir, "postgres.log"), "utf8").includes("system is shutting down"),
    );
    expect(second.reports).toEqual([]);
    await client.end();
    await second.ready();
    expect(postmasterOf(dataDir)).not.toBe(killed);
  });

  test("or says so once, when it cannot", async () => {
    const dataDir = await usedDataDir();
    const onLost = vi.fn();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir, onLost });
    writeFileSync(join(dataDir, "postgres/postgresql.auto.conf"), "nonsense = true\n");
    process.kill(postmasterOf(dataDir), "SIGKILL");
    await until("the loss is told", () => onLost.mock.calls.length > 0);
    expect(onLost).toHaveBeenCalledOnce();
    expect(onLost.mock.calls[0]?.[0]).toMatchObject({
      code: "EMBEDDED_UNAVAILABLE",
      message: expect.stringContaining("nonsense"),
    });
    await expect(query(connectionString, "select 1")).rejects.toThrow();
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });
});
