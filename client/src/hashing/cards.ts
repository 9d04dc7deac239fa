import type { Slices } from "../slices/slices.ts";
import type { DeviceContact } from "../sources/source.ts";

/** A card, in whatever form its source gave it. */
export interface Card {
  readonly id: string;
  readonly name: string | undefined;
  /** Each once. What is not a text is no number. */
  readonly numbers: readonly unknown[];
}

/**
 * Reads an address book to its end, or to the page that throws.
 *
 * @returns what that page threw; undefined: the book was read to its end
 * @throws ContactSyncError `ABORTED`, as `slices` says; and what `onPage` throws
 */
export async function readCards(
  pages: AsyncIterable<readonly DeviceContact[]> | Iterable<readonly DeviceContact[]>,
  cards: Card[],
  slices: Slices,
  onPage: () => void,
): Promise<unknown> {
  let isReading = true;
  try {
    for await (const page of pages) {
      for (const contact of page) {
        cards.push(cardOf(contact));
        const turn = slices.turn();
        if (turn !== undefined) await turn;
      }
      isReading = false;
      onPage();
      isReading = true;
    }
    return undefined;
  } catch (error) {
    if (!isReading) throw error;
    // Sources throw, too, when the signal ends them: then this does.
    await slices.turn();
    return error ?? new Error("a page of the address book was refused without a reason");
  }
}

/** In the place of what has not the form of a card or of a list: it ends nothing, and is told of. */
const NO_NUMBER = undefined;

function cardOf(contact: unknown): Card {
  if (typeof contact !== "object" || contact === null) {
    return { id: "", name: undefined, numbers: [NO_NUMBER] };
  }
  const { id, name, phoneNumbers }: { [Field in keyof DeviceContact]?: unknown } = contact;
  return {
    id: typeof id === "string" || typeof id === "number" ? String(id) : "",
    name: typeof name === "string" ? name : undefined,
    numbers: numbersIn(phoneNumbers),
  };
}

function numbersIn(phoneNumbers: unknown): readonly unknown[] {
  if (phoneNumbers === undefined || phoneNumbers === null) return [];
  if (!Array.isArray(phoneNumbers)) return [NO_NUMBER];
  return phoneNumbers.length < 2 ? phoneNumbers : [...new Set(phoneNumbers)];
}
