import { basename, extname } from "node:path";

/** `12,345`: the same in every locale, so that scripts and tests see one form. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 1 });
}

/** `1 contact`, `2 contacts`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/**
 * A file's name for an error that shows it; but not one that could be a phone number or a phone
 * hash, given by mistake, as errors end in logs.
 */
export function quotable(path: string): string {
  const name = basename(path, extname(path));
  const isNumber = !/\p{L}/u.test(name) && (name.match(/\p{Nd}/gu) ?? []).length >= 6;
  return isNumber || PHONE_HASH.test(name) ? "the file (its name looks like a number)" : path;
}

const PHONE_HASH = /^(?:[0-9a-f]{32}){1,2}$/i;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
const NUMBER =
  /\+?\p{Nd}(?:[\s().\-/]*\p{Nd}){5,}|(?<![0-9a-z])(?:[0-9a-f]{32}){1,2}(?![0-9a-z])/giu;

/** A text with whatever could be a phone number or a phone hash taken out; UUIDs stay. */
export function withoutNumbers(text: string): string {
  const uuids = text.match(UUID) ?? [];
  return text
    .split(UUID)
    .map((part, index) => (uuids[index - 1] ?? "") + part.replace(NUMBER, "…"))
    .join("");
}
