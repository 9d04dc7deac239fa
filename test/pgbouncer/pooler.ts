import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { serverUser } from "../../src/embedded/server-user.ts";
import { available } from "../support/available.ts";
import type { TestDatabase } from "../support/postgres.ts";

/** Debian keeps it where an ordinary user's PATH does not lead. */
const PROGRAM = ["pgbouncer", "/usr/sbin/pgbouncer"].find(
  (program) => spawnSync(program, ["--version"]).status === 0,
);

export const isInstalled = available("pgbouncer", PROGRAM !== undefined);

export interface Pooler {
  /** To the database, through the pooler. */
  readonly connectionString: string;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer in transaction mode before a test's database. It has so few connections to the
 * server that clients must share them, and whatever one leaves in a session reaches another.
 */
export async function startPooler(
  database: TestDatabase,
  { serverConnections = 3, maxClients = 100 } = {},
): Promise<Pooler> {
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-pooler-"));
  const direct = new URL(database.connectionString.replace("@/", "@socket/"));
  const host = direct.searchParams.get("host");
  const port = direct.searchParams.get("port");
  const log = join(folder, "log");
  const settings = join(folder, "pgbouncer.ini");
  await writeFile(
    settings,
    `[databases]
${database.name} = host=${host} port=${port} user=postgres

[pgbouncer]
listen_addr =
unix_socket_dir = ${folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = ${serverConnections}
max_client_conn = ${maxClients}
server_reset_query_always = 0
logfile = ${log}
`,
  );
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  // The shell ends it, and clears up, once its standard input closes: also if this process is killed.
  const guard = spawn(
    "/bin/sh",
    [
      "-c",
      '"$1" "$2" </dev/null >/dev/null 2>&1 & pooler=$!\n' +
        'cat >/dev/null\nkill -TERM $pooler\nwait $pooler\nrm -rf "$3"',
      "sh",
      PROGRAM as string,
      settings,
      folder,
    ],
    { ...user, cwd: "/", stdio: ["pipe", "ignore", "ignore"] },
  );
  const connectionString = `postgresql://postgres@/${database.name}?host=${encodeURIComponent(folder)}&port=6432`;
  await untilReady(connectionString, log);
  return {
    connectionString,
    async stop() {
      if (guard.exitCode !== null) return;
      guard.stdin.end();
      await once(guard, "exit");
    },
  };
}

async function untilReady(connectionString: string, log: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query("select 1");
      await client.end();
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        const written = await readFile(log, "utf8").catch(() => "");
        throw new Error(`PgBouncer did not start.\n${written}`, { cause });
      }
      await delay(30);
    }
  }
}
