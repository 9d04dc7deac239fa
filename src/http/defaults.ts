// What holds unless somebody says otherwise, for the service alone and mounted in an app's server.

/** Requests a minute. */
export const DEFAULT_LIMITS = { perAddress: 6_000, perOwner: 120 };
/** Seconds that a call of the database may take. */
export const DEFAULT_REQUEST_SECONDS = 30;
/** Connections of the pool; what pg opens as well where nobody says how many. */
export const DEFAULT_POOL_SIZE = 10;
/** Calls that may wait for one of them. */
export const DEFAULT_POOL_WAITING = 200;
/** Of those who watch, who ask one question at a time. */
export const WATCH_WAITING = 10;

/**
 * How many of a pool's connections one owner's requests use at once: less than half, so that two
 * owners leave room for a third; of a small pool, half.
 */
export function defaultOwnerConnections(poolSize: number): number {
  return Math.min(4, Math.ceil(poolSize / 2));
}
