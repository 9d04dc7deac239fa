// The whole engine in one run: `npm run demo`.
//
// Starts the embedded database in .contact-sync/demo, links the people of address-book/people.csv,
// syncs address-book/contacts.vcf and prints who was found, what was refused and why, and the
// guide's performance report. It may be run again; each run begins with an empty book.

import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { isContactSyncError } from "@contact-sync/client";
import { readAddressBook } from "../dist/cli/readers/detect.js";
import { readDirectory } from "../dist/cli/readers/directory.js";
import { readConfiguration } from "../dist/configuration.js";
import { openSession } from "../dist/session.js";
import { readCardNames } from "./address-book/card-names.js";

const DATA_DIR = ".contact-sync/demo";
const NAMES_SHOWN = 5;

const fileAt = (name) => fileURLToPath(new URL(`address-book/${name}`, import.meta.url));
const configuration = readConfiguration({ CONTACT_SYNC_DATA_DIR: DATA_DIR });
try {
  const session = await openSession(configuration, { announce: console.log });
  try {
    await demonstrate(session.contactSync);
  } finally {
    await session.close();
  }
} catch (error) {
  if (!isContactSyncError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @param {import("../dist/index.js").ContactsWithAccounts} ContactsWithAccounts */
async function demonstrate(ContactsWithAccounts) {
  heading("1. People who verified their number are linked in the directory");
  const people = [];
  for await (const { userId, phone, verifiedAt } of readDirectory(
    createReadStream(fileAt("people.csv")),
  )) {
    people.push({ userId, phoneNumber: phone, verifiedAt });
  }
  const linked = await ContactsWithAccounts.linkMany(people);
  say(`${people.length} people: ${linked.phones_linked} linked, ${linked.phones_unchanged} known`);

  heading("2. One of them, in Egypt, syncs the address book of their phone");
  const [{ userId }] = people;
  await ContactsWithAccounts.deleteAllContacts(userId);
  const entries = [];
  for await (const entry of readAddressBook(createReadStream(fileAt("contacts.vcf")))) {
    entries.push(entry);
  }
  const phoneNumbers = entries.map(({ phone }) => phone);
  const sync = () =>
    ContactsWithAccounts.syncContacts(userId, phoneNumbers, phoneNumbers.length, {
      defaultRegion: "EG",
    });
  const result = await sync();
  const { total_processed, duplicates, matches, rejected } = result;
  say(
    `${phoneNumbers.length} numbers = ${total_processed} contacts + ${duplicates} duplicates + ${rejected.length} refused`,
  );
  say(counts(result));

  const names = readCardNames(fileAt("contacts.vcf"));
  const nameAt = ({ index }) => names.get(entries[index].line);
  heading(`3. Found: ${matches.length} contacts have an account`);
  for (const match of matches.slice(0, NAMES_SHOWN)) say(`${match.user_id}  ${nameAt(match)}`);
  say(`and ${matches.length - NAMES_SHOWN} more`);

  heading(`4. Refused: ${rejected.length} numbers, each for a reason`);
  for (const [reason, items] of byReason(rejected)) {
    say(
      `${String(items.length).padStart(2)} ${reason.padEnd(20)}  ${items.map(nameAt).join(", ")}`,
    );
  }

  heading("5. The same again writes nothing");
  say(counts(await sync()));

  console.log();
  console.log("Performance Report:", {
    contactsPerSecond: ratio(result.total_processed, result.processing_time_ms / 1000),
    batchEfficiency: ratio(result.total_processed, result.batch_size),
    insertUpdateRatio: ratio(result.contacts_inserted, result.contacts_updated),
    matchRate: ratio(result.matched_contacts, result.total_processed),
  });
}

/** The guide divides; where there is nothing to divide by, there is no ratio. */
function ratio(numerator, denominator) {
  return denominator === 0 ? "none: nothing to divide by" : round(numerator / denominator);
}

function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toFixed(3));
}

function counts(result) {
  return (
    `${result.contacts_inserted} inserted, ${result.contacts_updated} updated, ` +
    `${result.contacts_unchanged} unchanged, ${result.matched_contacts} matched, ` +
    `in ${result.processing_time_ms} ms`
  );
}

function byReason(rejected) {
  const groups = new Map();
  for (const item of rejected) groups.set(item.reason, [...(groups.get(item.reason) ?? []), item]);
  return [...groups].sort(([, one], [, other]) => other.length - one.length);
}

function heading(text) {
  console.log(`\n${text}`);
}

function say(text) {
  console.log(`   ${text}`);
}
