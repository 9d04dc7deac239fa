import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import type { DataFolder } from "./data-folder.ts";

/** Where a client finds the server: a folder with a socket, or the loopback interface. */
export interface Endpoint {
  host: string;
  port: number;
}

const LOOPBACK = "127.0.0.1";

// A name, not a port: nothing listens on it, and it is the one that clients guess.
const SOCKET_PORT = 5432;

// Linux allows 107, macOS 103.
const LONGEST_SOCKET_PATH = 103;

/**
 * A socket in the data directory, which other users cannot open, or else, where its path would be
 * too long for the operating system, a free port on the loopback interface.
 */
export async function chooseEndpoint({ socket }: DataFolder): Promise<Endpoint> {
  const path = join(socket, `.s.PGSQL.${SOCKET_PORT}`);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return { host: socket, port: SOCKET_PORT };
  return { host: LOOPBACK, port: await freePort() };
}

export function isSocket({ host }: Endpoint): boolean {
  return host.startsWith("/");
}

/** The file by which PostgreSQL locks the socket. */
export function socketLock({ host, port }: Endpoint): string {
  return join(host, `.s.PGSQL.${port}.lock`);
}

/** The port that the running server listens on, as it notes in `postmaster.pid`. */
export function portInUse({ cluster }: DataFolder): number | undefined {
  try {
    const port = Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[3]);
    return port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

export function connectionStringOf(
  { host, port }: Endpoint,
  { user, password, database }: { user: string; password: string; database: string },
): string {
  const login = `${user}:${encodeURIComponent(password)}`;
  return host.startsWith("/")
    ? `postgresql://${login}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgresql://${login}@${host}:${port}/${database}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, LOOPBACK, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
