/**
 * Writes 32-character hex values as a PostgreSQL array. By hand, because the driver quotes and
 * escapes every element, and hex needs neither.
 */
export function hexArray(values: readonly string[]): string {
  return `{${values.join(",")}}`;
}
