import type { ContactSource, DeviceContact, Reading } from "../../src/sources/source.ts";

/** All that a source gives, and what ended the reading, if something did. */
export async function readBook(source: ContactSource, signal?: AbortSignal) {
  const reading: Reading = await source.read({ signal });
  const cards: DeviceContact[] = [];
  const sizes: number[] = [];
  let error: unknown = null;
  try {
    for await (const page of reading.pages) {
      sizes.push(page.length);
      cards.push(...page);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { access: reading.access, canAskAgain: reading.canAskAgain, cards, sizes, error };
}
