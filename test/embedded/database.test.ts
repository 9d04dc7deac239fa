import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { clusterProcesses, postmasterOf } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";
import { asSuperuser } from "../support/embedded-superuser.ts";
import { query } from "../support/query.ts";

const { newDataDir, usedDataDir, start } = useDataDirs();
const isRoot = process.getuid?.() === 0;

describe("the embedded database", () => {
  test("answers, keeps its data over a restart, and leaves no process", async () => {
    const dataDir = await newDataDir();
    const first = await startEmbeddedDatabase({ dataDir });
    expect(first.dataDir).toBe(dataDir);
    await query(first.connectionString, "create table kept as select 'Zoë' as name");
    await first.stop();
    expect(clusterProcesses(dataDir)).toEqual([]);

    const second = await startEmbeddedDatabase({ dataDir });
    expect(await query(second.connectionString, "select name from kept")).toEqual([
      { name: "Zoë" },
    ]);
    await second.stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });

  test("is the same on every machine: UTF-8, sorted by bytes, UTC", async () => {
    const { connectionString, stop } = await startEmbeddedDatabase({
      dataDir: await usedDataDir(),
    });
    expect(
      await query(
        connectionString,
        `select current_database() as name, pg_encoding_to_char(encoding) as encoding, datcollate,
                current_setting('timezone') as zone
           from pg_database where datname = current_database()`,
      ),
    ).toEqual([
      {
        name: "contact_sync",
        encoding: "UTF8",
        datcollate: "C",
        zone: expect.stringMatching(/UTC/),
      },
    ]);
    await stop();
  });

  test("is for its own user alone, on a socket, with a password", async () => {
    const dataDir = await newDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const [settings] = await query(
      await asSuperuser(connectionString, dataDir),
      "select current_setting('listen_addresses') as tcp, current_setting('unix_socket_directories') as socket",
    );
    expect(settings).toEqual({ tcp: "", socket: `"${join(dataDir, "socket")}"` });
    const rules = await readFile(join(dataDir, "postgres", "pg_hba.conf"), "utf8");
    const methods = rules
      .match(/^(?:local|host).*\s(\S+)$/gm)
      ?.map((rule) => rule.split(/\s+/).pop());
    expect(new Set(methods)).toEqual(new Set(["scram-sha-256"]));
    await expect(query(connectionString.replace(/:[^:@]+@/, ":wrong@"), "select")).rejects.toThrow(
      "password authentication failed",
    );
    // Root lets the server's user through the directory, and through nothing else.
    expect(modeOf(dataDir)).toBe(isRoot ? 0o710 : 0o700);
    expect(modeOf(join(dataDir, "postgres"))).toBe(0o700);
    expect(modeOf(join(dataDir, "socket"))).toBe(0o700);
    expect(modeOf(join(dataDir, "postgres-password"))).toBe(0o600);
    expect(modeOf(join(dataDir, "postgres.log"))).toBe(0o600);
    await stop();
  });

  test("writes no statement and no stored value into its log", async () => {
    const dataDir = await usedDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    await query(
      connectionString,
      "create table note (body text unique check (body <> 'forbidden-value'))",
    );
    await query(connectionString, "insert into note values ('repeated-value')");
    for (const value of ["forbidden-value", "repeated-value"]) {
      await expect(
        query(connectionString, `insert into note values ('${value}')`),
      ).rejects.toThrow();
    }
    await stop();
    const log = await readFile(join(dataDir, "postgres.log"), "utf8");
    expect(log).toContain("violates unique constraint");
    expect(log).not.toMatch(/forbidden-value|repeated-value|insert into/);
  });

  test.runIf(process.platform === "linux")("cannot read our environment", async () => {
    const dataDir = await usedDataDir();
    await start(dataDir, { env: { CONTACT_SYNC_KEY: "not for the server" } }).ready();
    const environment = await readFile(`/proc/${postmasterOf(dataDir)}/environ`, "utf8");
    expect(environment).toContain("LC_ALL=C");
    expect(environment).not.toContain("CONTACT_SYNC_KEY");
  });

  test("moves to the loopback interface where the socket's path would be too long", async () => {
    const dataDir = await usedDataDir("long".repeat(25));
    const owner = start(dataDir);
    const connectionString = await owner.ready();
    expect(connectionString).toMatch(/@127\.0\.0\.1:\d+\/contact_sync$/);
    expect(
      await query(connectionString, "select current_setting('listen_addresses') as tcp"),
    ).toEqual([{ tcp: "127.0.0.1" }]);
    const second = await start(dataDir).next("failed");
    expect(second.code).toBe("DATABASE_BUSY");

    await owner.end("SIGKILL");
    expect(await start(dataDir).ready()).toBe(connectionString);
  });

  test("takes a path with characters that mean something elsewhere", async () => {
    const dataDir = await usedDataDir(`it's "a, b" & c=d?#%20`);
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    expect(await query(connectionString, "select 1 as one")).toEqual([{ one: 1 }]);
    await stop();
  });

  test("stopping twice, or with sessions open, is fine", async () => {
    const dataDir = await usedDataDir();
    const { connectionString, stop } = await startEmbeddedDatabase({ dataDir });
    const client = new pg.Client(connectionString);
    client.on("error", () => {});
    await client.connect();
    await Promise.all([stop(), stop()]);
    await stop();
    expect(clusterProcesses(dataDir)).toEqual([]);
  });
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
