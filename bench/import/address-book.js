import { createReadStream, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashPhoneNumbers } from "@contact-sync/client";
import { parseKey } from "../../dist/security/key.js";
import { createPhoneCipher } from "../../dist/security/phone-cipher.js";
import { addressBook } from "../lib/address-books.js";
import { registeredUser } from "../lib/phone-keys.js";

/**
 * The place in a book of the contacts that are registered; addressBook() says the same.
 *
 * @param {number} index
 */
const isRegistered = (index) => index % 10 < 3;

/**
 * @typedef {{ phoneKey: string, userId: string | null }} Row
 *
 * @typedef {object} Book
 * @property {{ hashes: string, numbers: string }} files
 * @property {Row[]} rows ready to be stored, in the file's order; MD5 and the seal scatter them
 * @property {Row[]} inKeyOrder the same
 * @property {number} linked
 */

/**
 * Writes a large book to files, one entry a line, and gives it to the work; removes them behind it.
 *
 * @template Result
 * @param {{ contacts: number, key: string }} of
 * @param {(book: Book) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withBook({ contacts, key }, work) {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-book-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // On Ctrl-C as well.
  process.once("exit", remove);
  try {
    const numbers = addressBook(1, contacts, contacts);
    const { hashes } = hashPhoneNumbers(numbers);
    const files = { hashes: join(folder, "hashes"), numbers: join(folder, "numbers") };
    await writeFile(files.numbers, `${numbers.join("\n")}\n`);
    await writeFile(files.hashes, `${hashes.join("\n")}\n`);
    const rows = createPhoneCipher(parseKey(key))
      .encrypt(hashes)
      .map((phoneKey, index) => ({
        phoneKey,
        userId: isRegistered(index) ? registeredUser(index) : null,
      }));
    const inKeyOrder = rows.toSorted((one, other) => (one.phoneKey < other.phoneKey ? -1 : 1));
    const linked = rows.filter(({ userId }) => userId).length;
    return await work({ files, rows, inKeyOrder, linked });
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}

/**
 * The lines of a file, one by one, in constant memory: how an app would feed an import.
 *
 * @param {string} file
 */
export async function* linesOf(file) {
  let rest = "";
  for await (const text of createReadStream(file, "latin1")) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
