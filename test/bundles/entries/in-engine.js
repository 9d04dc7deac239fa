// Runs in a Hermes VM, in Chromium and in Node: the golden vectors, and a large book. In the VM there
// is no more than the language, timers and `print`.
import { phoneHash } from "../../../client/dist/hashing/phone-hash.js";
import { normalizePhoneNumber } from "../../../client/dist/numbers/normalize.js";
import vectors from "../../../client/vectors/phone-numbers.json";
import { tryFinder } from "./finder.js";
import { measureBook } from "./measured-book.js";

/** Those that are not read as they must be, by what they are about: none is a person's. */
function wrongVectors() {
  return vectors
    .filter(({ input, region, e164, reason, phone_hash }) => {
      const number = normalizePhoneNumber(input, { defaultRegion: region });
      if (e164 === undefined) return number.ok || number.reason !== reason;
      return !number.ok || number.e164 !== e164 || phoneHash(number.e164) !== phone_hash;
    })
    .map(({ about }) => about);
}

globalThis.run = async () => {
  const wrong = wrongVectors();
  const finder = await tryFinder();
  return JSON.stringify({ vectors: vectors.length, wrong, finder, book: await measureBook() });
};

if (typeof globalThis.print === "function" && globalThis.document === undefined) {
  globalThis.run().then(globalThis.print, (error) => globalThis.print(error.stack));
}
