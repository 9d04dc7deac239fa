// Writes the demo's sample data: contacts.vcf, the address book of a person in Egypt, and
// people.csv, the people who have an account. The same files every time, byte for byte.
//
//   node examples/address-book/generate.js [directory]

/**
 * @import { Notation, PhoneNumber } from "./notations.js"
 * @import { Plan } from "./numbering-plans.js"
 *
 * @typedef {keyof typeof PLANS} PlanName
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nameFor } from "./names.js";
import { e164, notationsOf } from "./notations.js";
import { PLANS } from "./numbering-plans.js";
import { card21, card30, note } from "./vcard.js";

const HOME = PLANS.egyptMobile.callingCode;

/** Everybody with an account: the book's owner, those in the book, and those who are not in it. */
const PEOPLE_IN_BOOK = 60;
const PEOPLE_ELSEWHERE = 19;
const OTHERS_IN_BOOK = 220;
const DUPLICATES = 30;
const WITHOUT_PHONE = 10;

/**
 * How often a country comes up, the owner's own first.
 *
 * @type {Record<PlanName, number>}
 */
const WEIGHTS = {
  egyptMobile: 46,
  egyptCairo: 8,
  saudiArabia: 7,
  emirates: 7,
  britainMobile: 4,
  britainLondon: 3,
  unitedStates: 5,
  germanyBerlin: 4,
  franceMobile: 4,
  italyMobile: 2,
  italyRome: 1,
  brazil: 3,
  argentina: 3,
  mexico: 2,
  india: 3,
  nigeria: 2,
  turkey: 3,
};

/** @type {PlanName[]} each as often */
const WEIGHTED = Object.entries(WEIGHTS).flatMap(([plan, weight]) => Array(weight).fill(plan));

/** What also stands in address books where a number should. */
const NOT_NUMBERS = /** @type {const} */ ([
  ["Ambulance", "123"],
  ["Police", "122"],
  ["Bank hotline", "19000"],
  ["Pizza", "16000"],
  ["Balance", "*100#"],
  ["Recharge", "*858*1#"],
  ["Voicemail", "888"],
  ["Mona's sister", "ask Mona"],
  ["Plumber", "see WhatsApp"],
  ["Landlord", "N/A"],
  ["Taxi", "same as Karim"],
  ["Pharmacy", "0100 000"],
  ["Dentist", "+20 10 00"],
  ["Garage", "+20 100 000 0123 456 789"],
  ["Aunt Nadia", "010 0000 9901 / 011 0000 9902"],
  ["Tailor", "+0 100 000 9903"],
  ["Carpenter", "022 200 099 044 055"],
  ["Old office", "-"],
  ["Doctor", ""],
  ["Florist", ""],
  ["Kiosk", " "],
]);

const random = seededRandom(20240501);
/**
 * @template Item
 * @param {readonly Item[]} items at least one
 */
const pick = (items) => /** @type {Item} */ (items[Math.floor(random() * items.length)]);
/** @param {number} probability */
const chance = (probability) => random() < probability;

/** @type {Map<PlanName, number>} the next one */
const serials = new Map();

/** @returns {PhoneNumber} */
function newNumber(planName = pick(WEIGHTED)) {
  /** @type {Plan} */
  const plan = PLANS[planName];
  const serial = serials.get(planName) ?? Math.floor(random() * 40) + 10;
  serials.set(planName, serial + 1);
  return { plan, groups: plan.groups(serial) };
}

/**
 * @param {PhoneNumber} number
 * @param {Notation} [except]
 */
function written(number, except) {
  const notations = notationsOf(number, HOME).filter((notation) => notation !== except);
  const notation = pick(notations);
  return { text: notation(number), notation };
}

const owner = newNumber("egyptMobile");
const inBook = Array.from({ length: PEOPLE_IN_BOOK }, () => newNumber());
const others = Array.from({ length: OTHERS_IN_BOOK }, () => newNumber());
const elsewhere = Array.from({ length: PEOPLE_ELSEWHERE }, () => newNumber());

const cards = shuffled([
  ownersCard(),
  ...[...inBook, ...others].map(contactCard),
  ...duplicateCards([...inBook, ...others]),
  ...NOT_NUMBERS.map(([given, text]) =>
    card30({ name: { given, family: "" }, properties: [`TEL;TYPE=CELL:${text}`] }),
  ),
  ...Array.from({ length: WITHOUT_PHONE }, (_, index) =>
    card30({
      name: nameFor(HOME, pick),
      properties: [`EMAIL;TYPE=INTERNET:person${index + 1}@example.com`],
    }),
  ),
]);

const directory = fileURLToPath(new URL(".", import.meta.url));
const target = process.argv[2] ?? directory;
mkdirSync(target, { recursive: true });
writeFileSync(`${target}/contacts.vcf`, cards.join(""));
writeFileSync(`${target}/people.csv`, peopleTable([owner, ...inBook, ...elsewhere]));

function ownersCard() {
  return card30({
    name: { given: "Me", family: "" },
    properties: [`TEL;TYPE=CELL;TYPE=pref:${written(owner).text}`],
  });
}

/** @param {PhoneNumber} number */
function contactCard(number) {
  const name = nameFor(number.plan.callingCode, pick);
  const { text } = written(number);
  // Merged into the book from an older phone.
  if (chance(0.08)) {
    return card21({ name, phones: [text] });
  }
  const properties = [telephone(number, text)];
  if (chance(0.08)) {
    properties.push(`TEL;TYPE=HOME:${written(newNumber("egyptCairo")).text}`);
  }
  if (chance(0.05)) {
    properties.push(
      note("Met at the conference; call in the evening, not before 18:00, and bring the slides"),
    );
  }
  return card30({ name, properties });
}

/**
 * @param {PhoneNumber} number
 * @param {string} text
 */
function telephone(number, text) {
  return pick([
    `TEL;TYPE=CELL:${text}`,
    `TEL;TYPE=CELL:${text}`,
    `TEL;type=CELL;type=VOICE;type=pref:${text}`,
    `item1.TEL:${text}`,
    `item1.TEL;waid=${e164(number).slice(1)}:${text}`,
    `TEL;TYPE="cell,voice":${text}`,
  ]);
}

/**
 * The same number under a second name and, as it was typed in again, in another notation.
 *
 * @param {readonly PhoneNumber[]} numbers
 */
function duplicateCards(numbers) {
  return Array.from({ length: DUPLICATES }, () => {
    const number = pick(numbers);
    const { notation } = written(number);
    return card30({
      name: nameFor(number.plan.callingCode, pick),
      properties: [`TEL;TYPE=CELL:${written(number, notation).text}`],
    });
  });
}

/** @param {readonly PhoneNumber[]} numbers */
function peopleTable(numbers) {
  const firstDay = Date.UTC(2025, 0, 1);
  const yearMs = 365 * 24 * 60 * 60 * 1000;
  const rows = numbers.map((number) => {
    const verifiedAt = new Date(firstDay + Math.floor((random() * yearMs) / 1000) * 1000);
    return [uuid(), e164(number), verifiedAt.toISOString().replace(".000", "")].join(",");
  });
  return `${["user_id,phone,verified_at", ...rows].join("\n")}\n`;
}

function uuid() {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** @param {readonly string[]} items */
function shuffled(items) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const swapped = /** @type {[string, string]} */ ([order[other], order[last]]);
    [order[last], order[other]] = swapped;
  }
  return order;
}

/** Numbers from 0 to 1, the same for the same seed on every machine (mulberry32). @param {number} seed */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
