import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { readAddressBook } from "../../dist/readers/detect.js";
import { readDirectory } from "../../dist/readers/directory.js";
import { readCardNames } from "../address-book/card-names.js";

/**
 * @import { DeviceContact } from "@contact-sync/client"
 * @import { DirectoryEntry } from "../../dist/readers/directory.js"
 */

/** @param {string} name */
const fileAt = (name) => fileURLToPath(new URL(`../address-book/${name}`, import.meta.url));

/**
 * Those who verified their number. The first is the owner of the book.
 *
 * @returns {Promise<[DirectoryEntry, ...DirectoryEntry[]]>}
 */
export async function readPeople() {
  /** @type {DirectoryEntry[]} */
  const people = [];
  for await (const person of readDirectory(createReadStream(fileAt("people.csv")))) {
    people.push(person);
  }
  return /** @type {[DirectoryEntry, ...DirectoryEntry[]]} */ (people);
}

/**
 * The cards of the owner's phone, as its system gives them to an app.
 *
 * @returns {Promise<DeviceContact[]>}
 */
export async function readBook() {
  const names = readCardNames(fileAt("contacts.vcf"));
  /** @type {Map<string, string[]>} */
  const cards = new Map();
  for await (const { phone, line } of readAddressBook(createReadStream(fileAt("contacts.vcf")))) {
    const name = names.get(line) ?? "";
    cards.set(name, [...(cards.get(name) ?? []), phone]);
  }
  return [...cards].map(([name, phoneNumbers], index) => ({
    id: String(index),
    name,
    phoneNumbers,
  }));
}
