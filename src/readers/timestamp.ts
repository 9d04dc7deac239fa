const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Reads an ISO 8601 time, also as PostgreSQL prints it (`2024-05-01 12:00:00+02`); without a zone
 * it is UTC, not the zone of the machine that happens to read the file.
 */
export function parseTimestamp(text: string): Date | undefined {
  const [, date, time = "00:00", zone = "Z"] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined) {
    return undefined;
  }
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/(\d{2})(\d{2})$/, "$1:$2");
  const parsed = new Date(`${date}T${time}${offset.toUpperCase()}`);
  return isRealDay(date) && !Number.isNaN(parsed.getTime()) ? parsed : undefined;
}

// JavaScript would roll 31 February over into March.
function isRealDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
