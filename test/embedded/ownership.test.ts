import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses, postmasterOf, untilNoProcess } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { asSuperuser } from "../support/embedded-superuser.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const { newDataDir, start, usedDataDir } = useDataDirs();

describe("an embedded database has one owner", () => {
  test("a second process is refused, and told which one is in its way", async () => {
    const dataDir = await usedDataDir();
    const owner = start(dataDir);
    const connectionString = await owner.ready();
    const refusal = await start(dataDir).next("failed");
    expect(refusal.code).toBe("DATABASE_BUSY");
    expect(refusal.message).toContain(`in use by process ${owner.pid}.`);
    expect(refusal.message).toContain("DATABASE_URL");
    expect(await query(connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("so is a second start in the same process", async () => {
    const dataDir = await usedDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toMatchObject({
      code: "DATABASE_BUSY",
      message: expect.stringContaining("this process"),
    });
    expect(await query(connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
    await stop();
  });

  test("the next process may have it when the first has stopped", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    await first.ready();
    first.send("stop");
    expect(await first.end()).toEqual({ code: 0, signal: null });
    await start(dataDir).ready();
  });

  test("a server left by a killed process is taken over, and stops with its new owner", async () => {
    const dataDir = await usedDataDir();
    const first = start(dataDir);
    const connectionString = await first.ready();
    await query(connectionString, "create table kept as select 1 as id");
    const postmaster = postmasterOf(dataDir);
    await first.end("SIGKILL");

    const second = start(dataDir);
    expect(await second.ready()).toBe(connectionString);
    expect(postmasterOf(dataDir)).toBe(postmaster);
    expect(second.reports).toContainEqual({
      event: "log",
      message: "took over the database server that was running",
    });
    expect(await query(connectionString, "select id from kept")).toEqual([{ id: 1 }]);
    expect((await start(dataDir).next("failed")).code).toBe("DATABASE_BUSY");

    await second.end("SIGTERM");
    await untilNoProcess(dataDir);
  });

  test("who keeps it when the connection that it hangs on is ended", async () => {
    const dataDir = await usedDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const postmaster = postmasterOf(dataDir);
    const owners = "select pid from pg_stat_activity where application_name like '% owner %'";
    const server = await asSuperuser(connectionString, dataDir);
    const [before] = await query(server, owners);
    await query(server, `select pg_terminate_backend(pid) from (${owners}) as owner`);
    await until("it has another connection", async () => {
      const after = await query(server, owners);
      return after.length === 1 && JSON.stringify(after[0]) !== JSON.stringify(before);
    });
    expect((await start(dataDir).next("failed")).code).toBe("DATABASE_BUSY");
    expect(postmasterOf(dataDir)).toBe(postmaster);
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("of processes that start at the same moment in an empty directory one gets it", async () => {
    for (let round = 0; round < 2; round++) {
      const dataDir = await newDataDir();
      const owners = Array.from({ length: 3 }, () => start(dataDir));
      const reports = await Promise.all(owners.map((owner) => owner.next("ready", "failed")));
      const outcomes = reports.map((report) =>
        report.event === "failed" ? `${report.code}: ${report.message}` : report.event,
      );
      // With the whole list in the report of what fails.
      expect(
        outcomes.map((outcome) => /^(ready|DATABASE_BUSY)/.exec(outcome)?.[0] ?? outcome).sort(),
      ).toEqual(["DATABASE_BUSY", "DATABASE_BUSY", "ready"]);
      expect(await leftovers(dataDir)).toEqual([]);

      const winner = owners[outcomes.indexOf("ready")];
      await winner?.end("SIGTERM");
      await untilNoProcess(dataDir);
    }
  });

  test("a process killed while it made the cluster is no obstacle", async () => {
    const dataDir = await newDataDir();
    const first = start(dataDir);
    await until("initdb has begun to write", () => hasBegun(dataDir));
    await first.end("SIGKILL");
    expect(existsSync(`${dataDir}/postgres`)).toBe(false);

    const connectionString = await start(dataDir).ready();
    expect(await query(connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

/** Half-made clusters and drafts of files. */
async function leftovers(dataDir: string): Promise<string[]> {
  const expected = ["postgres", "postgres-password", "postgres.log", "socket"];
  return (await readdir(dataDir)).filter((name) => !expected.includes(name));
}

async function hasBegun(dataDir: string): Promise<boolean> {
  if (!existsSync(dataDir)) return false;
  const staging = (await readdir(dataDir)).find((name) => name.startsWith("initialising-"));
  return staging !== undefined && existsSync(`${dataDir}/${staging}/cluster/base`);
}
