import { basename, extname } from "node:path";

/** `12,345`: the same in every locale, so that scripts and tests see one form. */
export function grouped(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 1 });
}

/** A user's id for a terminal, with what would not be seen, or would move the cursor, written out. */
export function visible(id: string): string {
  return id.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
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
// Between digits any space, dash, dot or sign that is not seen, but no colon: in a trace it parts
// lines from columns.
const NUMBER = /\+?\p{Nd}(?:[\s().·/ー\p{Pd}\p{Cf}\p{Mn}\p{Sm}]*\p{Nd}){5,}|[0-9a-f]{32,}/giu;

/** A text with whatever could be a phone number or a phone hash taken out; UUIDs stay. */
export function withoutNumbers(text: string): string {
  const uuids = text.match(UUID) ?? [];
  return text
    .split(UUID)
    .map((part, index) => (uuids[index - 1] ?? "") + part.replace(NUMBER, "…"))
    .join("");
}

/**
 * A message that quotes what was typed, without what could be a number or a hash however it is
 * written. The message's own words and figures stay.
 *
 * @param typed the arguments of the command line
 */
export function withoutTyped(message: string, typed: readonly string[]): string {
  const hidden = typed
    .flatMap((argument) => [
      argument,
      argument.slice(argument.indexOf("=") + 1), // of --name=value
      argument.slice(2), // of -nvalue
      argument.replace(/^(-.)(.*)$/su, "-$2"), // of -nm, where -n is known and -m is not
    ])
    .filter(couldBeNumber)
    .sort((one, other) => other.length - one.length);
  let text = message;
  for (const value of hidden) text = text.replaceAll(`'${value}'`, "(not repeated)");
  return withoutNumbers(text);
}

/** Four digits of whichever script, or twelve of a hash, whatever stands between them. */
function couldBeNumber(value: string): boolean {
  if ((value.match(/\p{N}/gu) ?? []).length >= 4) return true;
  return /[0-9a-f]{12}/i.test(value.replace(/[^\p{L}\p{N}]/gu, ""));
}
