/**
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Book } from "./books.js"
 * @import { Kind, Sample, TurnsSample } from "./report.js"
 * @import { Found, Name } from "./subjects.js"
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { signToken } from "../../dist/security/sign-token.js";
import { fillDirectory, userId } from "../lib/address-books.js";
import { collectGarbage } from "../lib/collect-garbage.js";
import { startServerProcess } from "../lib/server-process.js";
import { serviceEnvironment } from "../lib/service-environment.js";
import { counterFrom, rotated } from "../lib/turns.js";
import { changingBook } from "./books.js";
import { BOOKS, KINDS, SIZES, SUBJECTS, TURNS_BOOK } from "./cases.js";
import { phoneRatios, phoneTable, summarize } from "./report.js";
import { PHONES } from "./subjects.js";
import { watchTurns } from "./turns.js";
import { countTravelled } from "./wire.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/**
 * Measures the friend finder on a service and a database that are processes of their own, beside
 * what somebody writes without it: from the call to the friends, with the same book at the same
 * time, each answer compared.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export async function measurePhone({ database, size, tell }) {
  const { rounds, directorySize } = SIZES[size];
  tell(`Registering ${directorySize} numbers.`);
  await fillDirectory(database, directorySize);
  const secret = randomBytes(32).toString("hex");
  const environment = {
    ...serviceEnvironment(database, secret),
    // Owners are as new here as their books are large.
    CONTACT_SYNC_NEW_NUMBER_BURST: "0",
  };
  const service = await startServerProcess([CLI, "serve"], environment);
  try {
    const nextOwner = counterFrom(0);
    const makePhone = async (/** @type {Name} */ subject) => {
      const owner = { role: /** @type {const} */ ("authenticated"), userId: userId(nextOwner()) };
      const token = await signToken(secret, { ...owner, expiresInSeconds: 36_000 });
      return PHONES[subject](service.address, token);
    };
    /** @type {Sample[]} */
    const samples = [];
    /** @type {TurnsSample[]} */
    const turns = [];
    // Round 0 warms up.
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
      for (const contacts of rotated(BOOKS, round)) {
        const books = changingBook(round, contacts, directorySize);
        const friends = new Map();
        for (const subject of rotated(SUBJECTS, round)) {
          const phone = await makePhone(subject);
          for (const kind of KINDS) {
            const { cards } = bookAt(books, kind);
            collectGarbage();
            const startedAt = performance.now();
            const usedBefore = process.cpuUsage();
            let ms = 0;
            let used = usedBefore;
            const { result, ...travelled } = await countTravelled(async () => {
              const outcome = await phone.sync(cards);
              ms = performance.now() - startedAt;
              used = process.cpuUsage(usedBefore);
              return outcome;
            });
            assertFriends(result.friends, bookAt(books, kind), { kind, friends });
            const { bytes: storedBytes, writes: storedTimes } = phone.takeStored();
            if (round === 0) continue;
            samples.push({
              ...{ round, contacts, subject, kind, ms, ...travelled, storedBytes, storedTimes },
              cpuMs: (used.user + used.system) / 1_000,
            });
          }
        }
      }
      const books = changingBook(round, TURNS_BOOK, directorySize);
      const friends = new Map();
      for (const subject of rotated(SUBJECTS, round)) {
        const phone = await makePhone(subject);
        for (const kind of KINDS) {
          const { cards } = bookAt(books, kind);
          collectGarbage();
          const { result, ...watched } = await watchTurns(() => phone.sync(cards));
          assertFriends(result.friends, bookAt(books, kind), { kind, friends });
          if (round > 0) turns.push({ round, subject, kind, ...watched });
        }
      }
    }
    const summary = summarize(samples, turns);
    return { cases: [summary], ratios: phoneRatios(summary), table: phoneTable(summary) };
  } finally {
    await service.stop();
  }
}

/**
 * @param {{ before: Book, after: Book }} books
 * @param {Kind} kind
 */
const bookAt = ({ before, after }, kind) => (kind === "changed" ? after : before);

/**
 * Stops the run unless the cards are those of people who have an account, and both have found the
 * same people on them.
 *
 * @param {readonly Found[]} found
 * @param {Book} book
 * @param {{ kind: Kind, friends: Map<Kind, string> }} others `friends`: what the other one has found
 */
function assertFriends(found, book, { kind, friends }) {
  const cards = found.flatMap(({ contacts }) => contacts.map(({ id }) => id));
  if (cards.length !== book.friends.size || !cards.every((id) => book.friends.has(id))) {
    throw new Error(`${kind}: ${cards.length} cards of friends, not the ${book.friends.size}`);
  }
  const text = found
    .map(({ userId: user, contacts }) => `${user} ${contacts.map(({ id }) => id).sort()}`)
    .sort()
    .join("\n");
  if ((friends.get(kind) ?? text) !== text) throw new Error(`${kind}: other friends`);
  friends.set(kind, text);
}
