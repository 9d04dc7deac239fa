import { types } from "node:util";

const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d)(?:(:[0-5]\d)(?:\.(\d{1,9}))?)? ?(?:Z|([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?)?)?$/i;

/**
 * Reads a time in ISO 8601, also as PostgreSQL prints it: `2024-05-01`, `2024-05-01T12:00Z`,
 * `2024-05-01 12:00:00.123456+02`. Without a zone it is UTC, on every machine and by whichever way
 * it comes; a day alone is its midnight. Digits beyond milliseconds are cut off.
 *
 * @returns undefined for anything else, such as 30 February, 24:00, a 60th second, or a year that
 *   is not from 1 to 9999 in UTC
 */
export function parseTime(text: string): Date | undefined {
  const [, day, minute = "00:00", second = ":00", fraction = "", hours, minutes = "00"] =
    TIME.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return undefined;
  const zone = hours === undefined ? "Z" : `${hours}:${minutes}`;
  const milliseconds = fraction.slice(0, 3).padEnd(3, "0");
  return withinYears(new Date(`${day}T${minute}${second}.${milliseconds}${zone}`));
}

/** A Date or a text that `parseTime` takes, as ISO 8601 in UTC; null for anything else. */
export function readTime(value: unknown): string | null {
  // Not instanceof, by which a subclass or a proxy may run code of its own.
  const time =
    typeof value === "string"
      ? parseTime(value)
      : types.isDate(value)
        ? withinYears(new Date(value))
        : undefined;
  return time?.toISOString() ?? null;
}

/** Date makes 2 March of 30 February. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** Beyond four digits ISO 8601 takes a sign that PostgreSQL reads otherwise. */
function withinYears(time: Date): Date | undefined {
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999 ? time : undefined;
}
