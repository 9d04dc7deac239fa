import type pg from "pg";
import { limitedPool } from "../database/limited-pool.ts";
import type { Engine } from "./engine.ts";
import type { OpenedEngine } from "./open-engine.ts";

export interface MoreConnections {
  /** How many there may be. */
  readonly max: number;
  /** Milliseconds that connecting, or a query, may take. */
  readonly patienceMs: number;
  /** Calls that may wait for one of them. */
  readonly waiting: number;
}

export interface OnMoreConnections {
  readonly engine: Engine;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * The same engine on connections of their own, opened as those of its pool are, whoever opened it;
 * undefined where it has no pool.
 */
export function moreConnections(
  opened: OpenedEngine,
  { max, patienceMs, waiting }: MoreConnections,
): OnMoreConnections | undefined {
  const { pool: like } = opened;
  if (like === undefined) return undefined;
  const { password, ssl } = like.options; // which are no enumerable properties
  const Pool = like.constructor as typeof pg.Pool;
  const pool = new Pool({
    ...like.options,
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
    max,
    min: 0,
    connectionTimeoutMillis: patienceMs,
  });
  pool.on("error", () => {});
  // Those that are handed out fail their queries; without this they would end the process too.
  pool.on("connect", (client) => client.on("error", () => {}));
  const { engine, settled } = opened.on(limitedPool(pool, { queryMs: patienceMs, waiting }));
  return {
    engine,
    pool,
    async close() {
      await settled();
      await pool.end();
    },
  };
}
