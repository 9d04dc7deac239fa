/**
 * A column's time, so much before: what an UPDATE sets it to, also on a Citus cluster, where that
 * may not depend on the session's time zone, as `timestamptz - interval` does.
 *
 * @param interval an SQL expression: `interval '3 days'`
 */
export function earlier(column: string, interval: string): string {
  return `(${column} at time zone 'UTC' - ${interval}) at time zone 'UTC'`;
}
