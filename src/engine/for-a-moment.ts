import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits for work that the caller does not need, until it is done or so long has gone by; then it
 * goes on in the background. It takes a millisecond, unless somebody has locked a row or the
 * database is away.
 *
 * @param work must not reject
 */
export async function forAMoment(work: Promise<void>, milliseconds: number): Promise<void> {
  const done = new AbortController();
  const end = delay(milliseconds, undefined, { signal: done.signal }).catch(() => {});
  await Promise.race([work, end]);
  done.abort();
}
