import { ContactSyncError } from "@contact-sync/client";
import pg from "pg";
import { checkOut } from "./check-out.ts";
import type { Database, Queryable } from "./database.ts";
import { isDatabaseTrouble } from "./errors.ts";

/**
 * A client of `pg`, by what is used of it: an app has types of the driver of its own, in another
 * version than ours, and TypeScript takes the classes of two versions for different ones.
 */
export interface PgClient {
  // Its arguments as `Database` has them, or else TypeScript does not know which of the two it is
  // that somebody writes in place.
  query<_Row>(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** A pool of `pg`, likewise. */
export interface PgPool extends PgClient {
  readonly totalCount: number;
  connect(): Promise<PgClient & { release(error?: Error | boolean): void }>;
}

/** As the driver says it. */
const POOL_ENDED = "Cannot use a pool after calling end on the pool";

/** What `createContactSync` takes for a database. */
export type DatabaseSource = string | pg.ClientConfig | PgPool | PgClient | Database;

export interface OpenedDatabase {
  readonly database: Database;
  /** What its connections come from, where that is a pool of `pg`, ours or somebody else's. */
  readonly pool: pg.Pool | undefined;
  /** Ends the pool that was opened here; somebody else's is left alone. */
  close(): Promise<void>;
}

/**
 * Makes a `Database` of a connection string, a `pg` configuration, pool or client, PGlite, or
 * anything that already has `query` and `transaction`.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function toDatabase(source: DatabaseSource): OpenedDatabase {
  if (typeof source === "string") return openPool({ connectionString: assertGiven(source) });
  if (typeof source === "object" && source !== null && !Array.isArray(source)) {
    if (!("query" in source)) return openPool(source);
    if ("transaction" in source) return somebodyElses(source);
    if ("totalCount" in source) {
      const pool = source as unknown as pg.Pool;
      return { ...somebodyElses(poolDatabase(pool)), pool };
    }
    return somebodyElses(clientDatabase(source as unknown as pg.ClientBase));
  }
  throw new ContactSyncError(
    "INVALID_ARGUMENT",
    "database must be a connection string, a pg pool, client or configuration, or have query() and transaction()",
  );
}

function somebodyElses(database: Database): OpenedDatabase {
  return { database, pool: undefined, close: nothing };
}

/** The driver takes an empty one for a server on this machine; it is an unset variable more often. */
function assertGiven(connectionString: string): string {
  if (connectionString.trim() !== "") return connectionString;
  throw new ContactSyncError("INVALID_ARGUMENT", "the database's connection string is empty");
}

function openPool(config: pg.ClientConfig): OpenedDatabase {
  try {
    new pg.Client(config); // only reads the configuration, which a pool would do when it connects
  } catch {
    // Without the cause, which quotes the connection string and its password.
    throw new ContactSyncError("INVALID_ARGUMENT", "the database's configuration can't be read");
  }
  const pool = new pg.Pool(config);
  // A connection that dies while it is idle is replaced; the next query reports what it meets.
  pool.on("error", () => {});
  let ended: Promise<void> | undefined;
  const calls = new Set<Promise<unknown>>();
  // The driver forgets a call that waits for a connection at the moment in which the pool ends, and
  // it would never be answered: so a later one is refused here, and those under way come first.
  const unlessEnded = <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (ended !== undefined) return Promise.reject(new Error(POOL_ENDED));
    const result = call();
    const settled = result.then(nothing, nothing).finally(() => calls.delete(settled));
    calls.add(settled);
    return result;
  };
  const close = () => {
    ended ??= Promise.all(calls).then(() => pool.end());
    return ended;
  };
  const onPool = poolDatabase(pool);
  const database: Database = {
    takesBinary: true,
    query: (text, values) => unlessEnded(() => onPool.query(text, values)) as never,
    transaction: (work) => unlessEnded(() => onPool.transaction(work)),
  };
  return { database, pool, close };
}

function poolDatabase(pool: pg.Pool): Database {
  return {
    takesBinary: true,
    query: (text, values) => pool.query(text, values) as never,
    async transaction(work) {
      const { client, release } = await checkOut(pool);
      let fault: unknown;
      try {
        return await inTransaction(client, work);
      } catch (error) {
        fault = error;
        throw error;
      } finally {
        // One that was cut off in the middle of a transaction is not given to the next caller, nor
        // one that began read-only: it stays so when the database takes writes again.
        release(fault instanceof RollbackFailed || isDatabaseTrouble(fault));
      }
    },
  };
}

/** A single connection: transactions wait for one another, and a query for the transaction. */
function clientDatabase(client: pg.ClientBase): Database {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(work);
    last = turn.catch(nothing);
    return turn;
  };
  return {
    takesBinary: true,
    query: (text, values) => inTurn(() => client.query(text, values) as never),
    transaction: (work) => inTurn(() => inTransaction(client, work)),
  };
}

class RollbackFailed extends Error {}

/** Begins, works, and commits or rolls back, at READ COMMITTED. */
export async function inTransaction<Result>(
  client: pg.ClientBase,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  await client.query("begin isolation level read committed");
  try {
    const result = await work({ query: (text, values) => client.query(text, values) as never });
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {
      throw new RollbackFailed("the connection was lost", { cause: error });
    });
    throw error;
  }
}

async function nothing(): Promise<void> {}
