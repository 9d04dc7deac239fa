// Hashes a book of 10,000 cards, as an app does, and says how long it held the thread. It runs in any
// engine: nothing is asked of the platform but a clock.
import { hashBook } from "../../../client/dist/hashing/book-hasher.js";
import { digestInSlices } from "../../../client/dist/hashing/digest.js";
import { createSlices } from "../../../client/dist/slices/slices.js";
import vectors from "../../../client/vectors/phone-numbers.json";

const CARDS = 10_000;
/** Of what other processes take, too, little is left in the best of them. */
const RUNS = 5;

/** As people write one number. */
const NOTATIONS = [
  (digits) => `+20 10${digits}`,
  (digits) => `010${digits}`,
  (digits) => `0020 10 ${digits}`,
  (digits) => `Mob: 010-${digits.slice(0, 4)}-${digits.slice(4)}`,
  (digits) => `(010) ${digits.slice(0, 4)} ${digits.slice(4)}`,
  (digits) => `2010${digits}`,
  (digits) => `+1 (415) ${digits.slice(0, 3)}-${digits.slice(3, 7)}`,
  (digits) => `+49 1511 ${digits}`,
  (digits) => `\u202a+44 7400 ${digits.slice(0, 6)}\u202c`,
  (digits) => `tel:+33-6-${digits}`,
  (digits) => `010${digits} / 011${digits}`,
  (_, index) => `${vectors[index % vectors.length].input} `,
];

export const book = Array.from({ length: CARDS }, (_, index) => {
  const digits = String(10_000_000 + index * 7_919).slice(0, 8);
  const phoneNumbers = [NOTATIONS[index % NOTATIONS.length](digits, index)];
  return { id: `card-${index}`, name: `Name ${index}`, phoneNumbers };
});

const clock = () => globalThis.performance?.now() ?? Date.now();

/** Slices that measure themselves, and each step: the time between two calls. */
function measuredSlices() {
  const slices = createSlices();
  const lengths = [];
  const steps = [];
  let beganAt = clock();
  let calledAt = beganAt;
  const step = () => {
    const now = clock();
    steps.push(now - calledAt);
    calledAt = now;
    return now;
  };
  return {
    turn() {
      const now = step();
      const turn = slices.turn();
      if (turn === undefined) return undefined;
      lengths.push(now - beganAt);
      return turn.then(() => {
        beganAt = clock();
        calledAt = beganAt;
      });
    },
    end() {
      lengths.push(step() - beganAt);
      return { steps, longestSlice: Math.max(...lengths), slices: lengths.length };
    },
  };
}

/** The least of several runs: of the whole, of its longest slice, and of each of its steps. */
async function best(work) {
  const least = { milliseconds: Infinity, longestSlice: Infinity, slices: Infinity };
  let leastOfSteps = [];
  let answer;
  for (let run = 0; run < RUNS; run += 1) {
    const slices = measuredSlices();
    const beganAt = clock();
    answer = await work(slices);
    const { steps, longestSlice, slices: count } = slices.end();
    const measured = { milliseconds: clock() - beganAt, longestSlice, slices: count };
    for (const name of Object.keys(least)) least[name] = Math.min(least[name], measured[name]);
    leastOfSteps = steps.map((step, index) => Math.min(step, leastOfSteps[index] ?? Infinity));
  }
  const longestStep = leastOfSteps.reduce((one, other) => Math.max(one, other), 0);
  const measured = Object.entries({ ...least, longestStep }).map(([name, value]) => [
    name,
    Math.round(value * 10) / 10,
  ]);
  return { measured: Object.fromEntries(measured), answer };
}

const pages = Array.from({ length: 20 }, (_, page) => book.slice(page * 500, (page + 1) * 500));
const given = { region: "EG", salt: "a salt" };

/** Of a book that is new, of one that is known, and of its digest. */
export async function measureBook() {
  const hashed = await best((slices) => hashBook(pages, { ...given, known: new Map(), slices }));
  const { known, hashes } = hashed.answer;
  const again = await best((slices) => hashBook(pages, { ...given, known, slices }));
  const digest = await best((slices) => digestInSlices(hashes, slices));
  return {
    cards: book.length,
    hashes: hashes.length,
    normalizedAgain: again.answer.normalized,
    first: hashed.measured,
    unchanged: again.measured,
    digest: digest.measured,
  };
}
