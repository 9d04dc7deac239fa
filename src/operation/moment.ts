/** A time as JSON of the database has it, in ISO 8601 as every answer has it. */
export function moment(time: string): string {
  return new Date(time).toISOString();
}

/** The same, or null where there is none. */
export function momentOrNull(time: string | null): string | null {
  return time === null ? null : moment(time);
}
