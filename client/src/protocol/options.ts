import { ContactSyncError, isContactSyncError } from "./errors.ts";

/** The names of a type's options: the compiler misses one that is added and not listed. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Reads the options of a call by name, each once, inherited ones and those of a class too;
 * undefined is none. One that is misspelt would be ignored in silence, so a name that is not known
 * is refused, and so is what holds things in another way, such as a Map. For packages on top of
 * this one.
 *
 * @param where what the message calls them
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function readOptions<Options extends object>(
  options: Options | undefined,
  names: OptionNames<Options>,
  where = "options",
): Options {
  if (options === undefined) return {} as Options;
  try {
    if (!holdsOptions(options)) {
      throw new ContactSyncError("INVALID_ARGUMENT", `${where} must be an object of options`);
    }
    const known = Object.keys(names) as (keyof Options & string)[];
    const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
    if (unknown !== undefined) {
      throw new ContactSyncError("INVALID_ARGUMENT", refusal(unknown, known, where));
    }
    const given = known.filter((name) => name in options);
    return Object.fromEntries(given.map((name) => [name, options[name]])) as Options;
  } catch (cause) {
    if (isContactSyncError(cause)) throw cause;
    throw new ContactSyncError("INVALID_ARGUMENT", `${where} can't be read`, { cause });
  }
}

/** Neither a list, a Map, a Date and the like, nor named by symbols. */
function holdsOptions(options: unknown): boolean {
  return (
    typeof options === "object" &&
    options !== null &&
    !Array.isArray(options) &&
    Object.prototype.toString.call(options) === "[object Object]" &&
    Object.getOwnPropertySymbols(options).length === 0
  );
}

function refusal(unknown: string, known: readonly string[], where: string): string {
  const { name, hint } = unknownName(unknown, known);
  return name === undefined
    ? `${where} has a name that is not an option; ${hint}`
    : `${where}.${name} is not an option; ${hint}`;
}

// What is no word is not quoted: it may be somebody's number.
const QUOTABLE = /^[A-Za-z_]{1,40}$/;

/**
 * What may be said of a name that is not known: the name, unless it may be somebody's number or
 * something else that no message repeats, and what was probably meant. For packages on top of this
 * one.
 */
export function unknownName(
  unknown: string,
  known: readonly string[],
): { readonly name: string | undefined; readonly hint: string } {
  const all = `known are ${known.join(", ")}`;
  if (!QUOTABLE.test(unknown)) return { name: undefined, hint: all };
  const [nearest] = known
    .map((name) => ({ name, edits: editsBetween(unknown.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= Math.min(3, name.length / 3))
    .sort((one, other) => one.edits - other.edits);
  const hint = nearest === undefined ? all : `did you mean ${nearest.name}? (${all})`;
  return { name: unknown, hint };
}

/** Letters to insert, to remove or to exchange until one text is the other (Levenshtein). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, edits) => edits);
  for (const letter of one) {
    const next = [(row[0] as number) + 1];
    for (let at = 0; at < other.length; at += 1) {
      const exchanged = (row[at] as number) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(exchanged, (row[at + 1] as number) + 1, (next[at] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}
