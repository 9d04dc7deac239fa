// The whole service in one run: `npm run demo`.
//
// Starts the REST service on the embedded database in .contact-sync/demo, links the people of
// address-book/people.csv, syncs address-book/contacts.vcf, all over HTTP, and prints who was found,
// what was refused and why, and the guide's performance report. On a terminal the service then goes
// on until Ctrl-C. It may be run again; each run begins with an empty book.

/**
 * @import { Rejection, SyncResult } from "@contact-sync/client"
 * @import { Service } from "../dist/http/serve.js"
 */
import { createReadStream } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { isContactSyncError } from "@contact-sync/client";
import { serve } from "../dist/http/serve.js";
import { readAddressBook } from "../dist/readers/detect.js";
import { readDirectory } from "../dist/readers/directory.js";
import { signToken } from "../dist/security/sign-token.js";
import { readCardNames } from "./address-book/card-names.js";

const DATA_DIR = ".contact-sync/demo";
const PORT = 3000;
const TOKEN_SECONDS = 3600;
const NAMES_SHOWN = 5;

/** @param {string} name */
const fileAt = (name) => fileURLToPath(new URL(`address-book/${name}`, import.meta.url));
try {
  const environment = {
    CONTACT_SYNC_DATA_DIR: DATA_DIR,
    PORT: (await isFree(PORT)) ? String(PORT) : "0",
    LOG_LEVEL: "warn",
  };
  const service = await serve({ environment, announce: console.log, log: process.stderr });
  await demonstrate(service).catch(async (error) => {
    await service.stop();
    throw error;
  });
  const stop = () => service.stop();
  if (process.stdout.isTTY) {
    say("Ctrl-C stops the service.");
    process.once("SIGINT", stop).once("SIGTERM", stop);
  } else {
    say("This is no terminal, so the service stops.");
    await stop();
  }
} catch (error) {
  if (!isContactSyncError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @param {Service} service */
async function demonstrate({ address, ownSecret: secret }) {
  if (secret === undefined) throw new Error("The demo's service makes a token secret of its own.");
  const expiresInSeconds = TOKEN_SECONDS;
  const backEnd = await signToken(secret, { role: "service_role", expiresInSeconds });

  heading("1. People who verified their number are linked in the directory");
  const people = [];
  for await (const person of readDirectory(createReadStream(fileAt("people.csv")))) {
    people.push(person);
  }
  let linked = 0;
  for (const { userId, phone: phoneNumber, verifiedAt } of people) {
    const phones = `${address}/api/v1/users/${userId}/phones`;
    const body = { phoneNumber, verifiedAt };
    /** @type {{ changed: boolean }} */
    const { changed } = await request(backEnd, "PUT", phones, body);
    if (changed) linked += 1;
  }
  say(`${people.length} people: ${linked} linked, ${people.length - linked} known`);

  heading("2. One of them, in Egypt, syncs the address book of their phone");
  const userId = people[0]?.userId;
  const user = await signToken(secret, { role: "authenticated", userId, expiresInSeconds });
  const contacts = `${address}/api/v1/contacts`;
  await request(user, "DELETE", contacts);
  const entries = [];
  for await (const entry of readAddressBook(createReadStream(fileAt("contacts.vcf")))) {
    entries.push(entry);
  }
  const phoneNumbers = entries.map(({ phone }) => phone);
  /** @returns {Promise<SyncResult>} */
  const sync = () =>
    request(user, "POST", `${contacts}/sync`, {
      phoneNumbers,
      deviceContactsCount: phoneNumbers.length,
      defaultRegion: "EG",
    });
  const result = await sync();
  const { total_processed, duplicates, matches, rejected } = result;
  say(
    `${phoneNumbers.length} numbers = ${total_processed} contacts + ${duplicates} duplicates + ${rejected.length} refused`,
  );
  say(counts(result));

  const lines = entries.map(({ line }) => line);
  const names = readCardNames(fileAt("contacts.vcf"));
  const nameAt = (/** @type {{ index: number }} */ { index }) => names.get(lines[index] ?? 0);
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

  heading("6. The service is running");
  say(`API docs  ${address}/docs`);
  say(`her token ${user}`);
}

/**
 * Sends a request and gives the data of its answer.
 *
 * @template Data
 * @param {string} token
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<Data>}
 */
async function request(token, method, url, body) {
  const headers = { authorization: `Bearer ${token}` };
  const content =
    body === undefined
      ? { headers }
      : { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, { method, ...content });
  const answer =
    /** @type {{ success: true, data: Data } | { success: false, message: string }} */ (
      await response.json()
    );
  if (!answer.success) throw new Error(answer.message);
  return answer.data;
}

/**
 * Another program may have the usual port.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/**
 * The guide divides; where there is nothing to divide by, there is no ratio.
 *
 * @param {number} numerator
 * @param {number} denominator
 */
function ratio(numerator, denominator) {
  return denominator === 0 ? "none: nothing to divide by" : round(numerator / denominator);
}

/** @param {number} value */
function round(value) {
  return value >= 100 ? Math.round(value) : Number(value.toFixed(3));
}

/** @param {SyncResult} result */
function counts(result) {
  return (
    `${result.contacts_inserted} inserted, ${result.contacts_updated} updated, ` +
    `${result.contacts_unchanged} unchanged, ${result.matched_contacts} matched, ` +
    `in ${result.processing_time_ms} ms`
  );
}

/** @param {readonly Rejection[]} rejected */
function byReason(rejected) {
  /** @type {Map<string, Rejection[]>} */
  const groups = new Map();
  for (const item of rejected) groups.set(item.reason, [...(groups.get(item.reason) ?? []), item]);
  return [...groups].sort(([, one], [, other]) => other.length - one.length);
}

/** @param {string} text */
function heading(text) {
  console.log(`\n${text}`);
}

/** @param {string} text */
function say(text) {
  console.log(`   ${text}`);
}
