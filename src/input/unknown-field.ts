import { unknownName } from "@contact-sync/client";

/**
 * What is wrong with an entry that has a field which does not exist; undefined of one that has none.
 * It would be ignored in silence, and what it holds be lost.
 *
 * @param known the names of the fields, as keys
 */
export function unknownFieldIn(entry: object, known: object): string | undefined {
  const unknown = Object.keys(entry).find((name) => !Object.hasOwn(known, name));
  return unknown === undefined ? undefined : hasUnknownField(unknown, Object.keys(known));
}

/** The same of a field that somebody has found. */
export function hasUnknownField(field: string, known: readonly string[]): string {
  const { name, hint } = unknownName(field, known);
  return `has a field that does not exist${name === undefined ? "" : `, ${name}`}; ${hint}`;
}
