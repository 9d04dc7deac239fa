import type pg from "pg";

export interface CheckedOut {
  readonly client: pg.PoolClient;
  /** @param isDropped whether the connection is ended, and not given to the next caller */
  release(isDropped: boolean): void;
}

/**
 * A connection of a pool. One that dies while it is checked out ends its query and nothing else: the
 * pool takes its own listener off, and without one the driver's event ends the process. It is put on
 * in the pool's callback, because a promise goes on too late for a server's "ready" that comes in
 * one packet with its last words.
 */
export function checkOut(pool: pg.Pool): Promise<CheckedOut> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(error);
      client.on("error", ignore);
      resolve({
        client,
        release(isDropped) {
          client.removeListener("error", ignore);
          client.release(isDropped);
        },
      });
    });
  });
}

function ignore(): void {}
