/**
 * @import { Better, Ratio } from "../lib/compare.js"
 * @import { Size } from "../lib/run.js"
 * @import { Kind } from "./cases.js"
 * @import { Sample } from "./measure-sync.js"
 */
import { spreadOf } from "../lib/statistics.js";
import { KINDS, MARKED_BOOK, MARKS, SIZES } from "./cases.js";
import { REFERENCE, SUBJECTS } from "./subjects/all.js";
import { timesOf } from "./summary.js";

const OURS = REFERENCE.name;

/** With fewer, a spread says nothing. */
const FEWEST_ROUNDS = 3;

/**
 * The marks that others are compared with contact-sync-sql for, by subject and kind of sync.
 *
 * @type {Record<string, number>}
 */
const PEER_MARKS = {
  "origin/first": MARKS.originFirst,
  "origin/unchanged": MARKS.upsertUnchanged,
  "unnest/unchanged": MARKS.upsertUnchanged,
};

/**
 * @typedef {Pick<Sample, "tables" | "subject" | "kind" | "contacts">} Measured whose samples
 *
 * @typedef {object} Pair
 * @property {string} name
 * @property {string} label
 * @property {Measured} one
 * @property {Measured} other that `one` is taken in times of
 * @property {Better} better
 * @property {number} [mark]
 */

/**
 * What the marks are about, and what shows a loss: for 10,000 contacts, ours to the limit and to
 * ours of another kind, and each of the others to ours. Above 1, a peer is slower.
 *
 * @param {readonly Sample[]} samples
 * @param {Size} size
 * @returns {(Ratio & { rounds: number })[]} the ids are sync/TABLES/KIND/CONTACTS/COMPARED-WITH
 */
export function ratiosOf(samples, size) {
  return pairsOf(size).flatMap(({ name, label, one, other, better, mark }) => {
    const times = timesOf(pick(samples, one), pick(samples, other));
    if (times.length < FEWEST_ROUNDS) return [];
    const { tables, kind, contacts } = one;
    return [
      {
        id: `sync/${tables}/${kind}/${contacts}/${name}`,
        label: `${label}, ${contacts.toLocaleString("en")} contacts, tables ${tables}`,
        value: spreadOf(times),
        better,
        ...(mark !== undefined && { mark }),
        rounds: times.length,
      },
    ];
  });
}

/**
 * @param {Size} size
 * @returns {Pair[]}
 */
function pairsOf(size) {
  const { tables: all, empty, large, oneByOneBook } = SIZES[size];
  /**
   * @param {string} tables
   * @param {string} subject
   * @param {Kind} kind
   * @returns {Measured}
   */
  const sync = (tables, subject, kind, contacts = MARKED_BOOK) => ({
    tables,
    subject,
    kind,
    contacts,
  });
  /** @type {Pair[]} */
  const ours = all.flatMap(({ name: tables }) => [
    {
      name: "copy",
      label: "first sync ÷ binary COPY",
      one: sync(tables, OURS, "first"),
      other: sync(tables, "copy", "first"),
      better: "lower",
      mark: MARKS.copy,
    },
    {
      name: "unchanged",
      label: "first sync ÷ unchanged list",
      one: sync(tables, OURS, "first"),
      other: sync(tables, OURS, "unchanged"),
      better: "higher",
      mark: MARKS.unchanged,
    },
  ]);
  /** @type {Pair} */
  const growth = {
    name: empty,
    label: `first sync ÷ the same on tables ${empty}`,
    one: sync(large, OURS, "first"),
    other: sync(empty, OURS, "first"),
    better: "lower",
    mark: MARKS.large,
  };
  /** @type {Pair[]} */
  const library = all.flatMap(({ name: tables }) =>
    KINDS.map((kind) => ({
      name: "contact-sync",
      label: `contact-sync ÷ ${OURS}, ${kind}`,
      one: sync(tables, "contact-sync", kind),
      other: sync(tables, OURS, kind),
      better: "lower",
    })),
  );
  const others = SUBJECTS.filter(({ name }) => ![OURS, "contact-sync", "copy"].includes(name));
  /** @type {Pair[]} */
  const peers = all.flatMap(({ name: tables }) =>
    others.flatMap(({ name }) =>
      KINDS.map((kind) => {
        const isMark = name === "one-by-one" && kind === "first";
        const contacts = isMark ? oneByOneBook : MARKED_BOOK;
        const mark = isMark ? MARKS.oneByOne : PEER_MARKS[`${name}/${kind}`];
        return {
          name,
          label: `${name} ÷ ${OURS}, ${kind}`,
          one: sync(tables, name, kind, contacts),
          other: sync(tables, OURS, kind, contacts),
          better: "higher",
          ...(mark !== undefined && { mark }),
        };
      }),
    ),
  );
  return [...ours, growth, ...library, ...peers];
}

/**
 * @param {readonly Sample[]} samples
 * @param {Measured} measured
 */
function pick(samples, { tables, subject, kind, contacts }) {
  return samples.filter(
    (sample) =>
      sample.tables === tables &&
      sample.subject === subject &&
      sample.kind === kind &&
      sample.contacts === contacts,
  );
}
