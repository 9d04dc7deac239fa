import pg from "pg";
import { SUPERUSER } from "./cluster.ts";
import type { Endpoint } from "./endpoint.ts";

/** The database that every cluster has, and that ours is created beside. */
const MAINTENANCE_DATABASE = "postgres";

const APPLICATION_NAME = "contact-sync owner";

// Two arbitrary numbers; only what happens in the maintenance database of this cluster counts.
const LOCK = [0x63737963, 1] as const;

/**
 * Opens the connection that ownership hangs on: the server is owned by whoever holds the lock on
 * it, and the lock ends with the connection, however the process ends.
 */
export async function connectAsOwner(endpoint: Endpoint, password: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...endpoint,
    user: SUPERUSER,
    password,
    database: MAINTENANCE_DATABASE,
    application_name: `${APPLICATION_NAME} ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  // The end of the connection is what is listened for; its error says nothing more.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
  return client;
}

/** Whether the connection alone keeps the process alive; it has to while an answer is awaited. */
export function keepsAlive(client: pg.Client, keep: boolean): void {
  // Missing in @types/pg.
  const connection = client as pg.Client & { ref(): void; unref(): void };
  if (keep) connection.ref();
  else connection.unref();
}

export async function tryToOwn(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ owned: boolean }>(
    "select pg_try_advisory_lock($1, $2) as owned",
    [...LOCK],
  );
  return rows[0]?.owned === true;
}

/** The process that owns the server, as it introduced itself. */
export async function findOwner(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `select application_name
       from pg_locks
       join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and (classid, objid) = ($1::oid, $2::oid)`,
    [...LOCK],
  );
  const pid = Number(rows[0]?.application_name.slice(APPLICATION_NAME.length));
  return pid > 0 ? pid : undefined;
}
