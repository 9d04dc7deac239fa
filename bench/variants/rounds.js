import { performance } from "node:perf_hooks";
import { collectGarbage, collectYoungGarbage } from "../lib/collect-garbage.js";
import { withCounters } from "../lib/counters.js";
import { counterFrom, rotated } from "../lib/turns.js";
import { bookOf } from "../sync/books.js";
import { verifyBook, verifyClaims } from "../sync/verify.js";
import { BOOKS, KINDS } from "./cases.js";
import { clearAway } from "./schemas.js";

// Beyond those of the books that are filled in.
const FIRST_OWNER = 10_000_000;
const SMALL_BOOK = 100;
/** The book whose costs are counted; it takes time. */
const COUNTED_BOOK = BOOKS[0].contacts;

/**
 * A variant and what it is compared with: the engine as it stands.
 *
 * @typedef {object} Pair
 * @property {import("./variant.js").Variant} variant
 * @property {string} control the id of the variant that changes nothing, of the same kind
 * @property {Record<"variant" | "baseline", { side: import("./variant.js").Side, environment: import("./variant.js").Environment }>} of
 *
 * @typedef {object} Sample one sync
 * @property {number} round
 * @property {string} variant its id
 * @property {"variant" | "baseline"} side
 * @property {number} contacts
 * @property {"first" | "unchanged"} kind
 * @property {Partial<import("../lib/counters.js").Counted<unknown>>} counted only `ms` in a session
 *   of its own, and of small books
 */

/**
 * Measures all pairs in every round. The two of a pair take turns sync by sync, and which one is
 * first changes from owner to owner; each syncs new owners.
 *
 * @param {readonly Pair[]} pairs
 * @param {{ rounds: number, directory: number, tell: (line: string) => void }} how
 * @returns {Promise<Sample[]>}
 */
export async function measureRounds(pairs, { rounds, directory, tell }) {
  const samples = [];
  const owners = counterFrom(FIRST_OWNER);
  const synced = new Map(); // ids of owners by their environment
  const newBook = (environment, contacts) => {
    const { book } = bookOf(owners(), contacts, directory);
    synced.set(environment, [...(synced.get(environment) ?? []), book.ownerId]);
    return book;
  };
  const clear = async (environment) => {
    await clearAway(environment, synced.get(environment));
    synced.delete(environment);
  };
  // Round 0 warms up: code is compiled, plans are made.
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
    for (const pair of rotated(pairs, round)) {
      samples.push(...(await measurePair(pair, round, newBook)));
      // Tables that are compared hold as much, the ones of the baseline too, which is in many pairs.
      const { baseline, variant } = pair.of;
      if (baseline.environment !== variant.environment) {
        await clear(baseline.environment);
        await clear(variant.environment);
      }
    }
    for (const environment of synced.keys()) await clear(environment);
  }
  return samples.filter(({ round }) => round > 0);
}

async function measurePair(pair, round, newBook) {
  const samples = [];
  for (const { side, environment } of Object.values(pair.of)) {
    await makePlans(side, newBook(environment, SMALL_BOOK));
  }
  for (const { contacts, owners, times } of BOOKS) {
    for (let owner = 0; owner < owners; owner += 1) {
      const names = (round + owner) % 2 === 0 ? ["baseline", "variant"] : ["variant", "baseline"];
      const turns = names.map((name) => {
        const { side, environment } = pair.of[name];
        return { name, side, environment, book: newBook(environment, contacts) };
      });
      for (const sample of await takeTurns(pair, turns, times)) {
        samples.push({ round, contacts, ...sample });
      }
    }
  }
  return samples;
}

/** All syncs of a new owner by both of a pair. */
async function takeTurns({ variant: { id } }, turns, times) {
  const samples = [];
  for (const kind of KINDS) {
    for (let time = 0; time < times[kind]; time += 1) {
      for (const { name, side, environment, book } of turns) {
        const what = `${id} (${name}), ${kind} sync of ${book.phoneKeys.length} contacts,`;
        const counted = await measureSync({ side, environment, book, kind, what });
        samples.push({ variant: id, side: name, kind, counted });
      }
    }
  }
  return samples;
}

/** After VACUUM, a session makes its plans anew. */
async function makePlans(side, book) {
  for (const _ of KINDS) {
    const { begin, run, end } = side.prepare(book);
    await begin?.();
    await run();
    await end?.();
  }
}

async function measureSync({ side, environment, book, kind, what }) {
  const { begin, run, end, ownSession } = side.prepare(book);
  await begin?.();
  const isLarge = book.phoneKeys.length === COUNTED_BOOK;
  if (isLarge && kind === "first") collectGarbage();
  else collectYoungGarbage();
  const isCounted = !ownSession && isLarge;
  const measured = isCounted ? withCounters(environment.pool, run) : timed(run);
  const { result: claims, ...counted } = await measured;
  await end?.();
  const contacts = book.phoneKeys.length;
  verifyClaims(what, claims, {
    inserted: kind === "first" ? contacts : 0,
    unchanged: kind === "first" ? 0 : contacts,
    matched: book.linked,
  });
  if (kind === "first") {
    await verifyBook(what, environment, book, { contacts, linked: book.linked });
  }
  return counted;
}

async function timed(work) {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}
