import type { DeviceContact } from "./source.ts";

/** A card as a library gives it, of whatever form. */
export interface RawCard {
  readonly id: unknown;
  readonly name: unknown;
  readonly numbers: unknown;
}

/**
 * Makes cards of what libraries give: ids may be numbers or missing, names null, lists of numbers
 * missing or full of nothing. A card that was given before, just the same, is null.
 */
export function createCards(): (raw: RawCard) => DeviceContact | null {
  const numbersOf = new Map<string, string>();
  let unnamed = 0;
  return ({ id, name, numbers }) => {
    const phoneNumbers = Array.isArray(numbers) ? numbers.flatMap(numberIn) : [];
    const given = typeof id === "number" ? String(id) : id;
    let own: string;
    if (typeof given === "string" && given !== "") {
      own = given;
      const all = `${typeof name === "string" ? name : ""}\n${phoneNumbers.join("\n")}`;
      if (numbersOf.get(own) === all) return null;
      numbersOf.set(own, all);
    } else {
      unnamed += 1;
      own = `unnamed-${unnamed}`;
    }
    return typeof name === "string" && name.trim() !== ""
      ? { id: own, name, phoneNumbers }
      : { id: own, phoneNumbers };
  };
}

/** The number in an entry of a list: a text, a number, or an object as libraries have them. */
function numberIn(entry: unknown): string[] {
  if (typeof entry === "string") return entry === "" ? [] : [entry];
  if (typeof entry === "number" && Number.isFinite(entry)) return [String(entry)];
  if (typeof entry !== "object" || entry === null) return [];
  const { number, digits } = entry as { number?: unknown; digits?: unknown };
  const written = numberIn(typeof number === "object" ? null : number);
  return written.length > 0 ? written : numberIn(typeof digits === "object" ? null : digits);
}
