// Figures as a person reads them: each with its unit, and never more exact than it is.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const RATE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** What stands where there is no figure. */
export const NONE = "–";

export const whole = (figure: number) => WHOLE.format(figure);

/** `1.23M`, from a million on; the whole figure below. */
export const short = (figure: number) =>
  Math.abs(figure) < 1_000_000 ? whole(figure) : SHORT.format(figure);

export const counted = (figure: number, one: string, many = `${one}s`) =>
  `${whole(figure)} ${figure === 1 ? one : many}`;

/** 99.97 % is not 100 %. */
export function percent(figure: number | null): string {
  if (figure === null) return NONE;
  const cut = figure < 100 ? Math.min(figure, 99.9) : figure;
  return `${RATE.format(cut)} %`;
}

export function milliseconds(figure: number | null): string {
  if (figure === null) return NONE;
  if (figure < 1_000) return `${RATE.format(figure < 10 ? figure : Math.round(figure))} ms`;
  return seconds(figure / 1_000);
}

const UNITS = [
  { name: "day", seconds: 86_400 },
  { name: "h", seconds: 3_600 },
  { name: "min", seconds: 60 },
  { name: "s", seconds: 1 },
] as const;

/** `2 min 5 s`: the largest unit and the next one. */
export function seconds(figure: number | null): string {
  if (figure === null) return NONE;
  if (figure < 60) return `${RATE.format(figure)} s`;
  const rounded = Math.round(figure);
  const at = UNITS.findIndex((unit) => rounded >= unit.seconds);
  const [unit, next] = [UNITS[at], UNITS[at + 1]];
  if (unit === undefined || next === undefined) return `${rounded} s`;
  const whole = Math.floor(rounded / unit.seconds);
  const rest = Math.floor((rounded % unit.seconds) / next.seconds);
  const named = unit.name === "day" ? counted(whole, "day") : `${whole} ${unit.name}`;
  return rest === 0 ? named : `${named} ${rest} ${next.name}`;
}

const SIZES = ["bytes", "kB", "MB", "GB", "TB", "PB"];

export function bytes(figure: number): string {
  if (figure < 1_000) return counted(figure, "byte");
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log10(figure) / 3));
  const scaled = figure / 1_000 ** power;
  return `${scaled >= 100 ? Math.round(scaled) : RATE.format(scaled)} ${SIZES[power]}`;
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

/** `27 Nov`. */
export const shortDay = (time: number) => DAY.format(time);
/** `Fri, 27 Nov 2026`. */
export const longDay = (time: number) => DATE.format(time);

/** `2026-11-27 07:23:33 UTC`. */
export const moment = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** `07:23:33`, by the clock of whoever reads it. */
export const clock = (time: number) =>
  new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }).format(time);

/** `3 min ago`; what lies ahead, `in 3 min`. */
export function ago(time: number, now: number): string {
  const past = (now - time) / 1_000;
  const passed = Math.abs(past);
  if (passed < 5) return "now";
  const unit = UNITS.find((unit) => passed >= unit.seconds) ?? UNITS[3];
  const whole = Math.floor(passed / unit.seconds);
  const named = unit.name === "day" ? counted(whole, "day") : `${whole} ${unit.name}`;
  return past > 0 ? `${named} ago` : `in ${named}`;
}
