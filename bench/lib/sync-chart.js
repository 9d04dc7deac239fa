/**
 * @import { Case } from "../sync/summary.js"
 * @import { Chart } from "./chart.js"
 * @import { Figures } from "./run.js"
 */
import { MARKED_BOOK, SIZES } from "../sync/cases.js";
import { REFERENCE } from "../sync/subjects/all.js";
import { required } from "./required.js";

const GROUPS = [
  { kind: "first", title: "First sync" },
  { kind: "unchanged", title: "The same list again, unchanged" },
];

/**
 * What the subjects are called where nobody has read the documentation.
 *
 * @type {Record<string, string>}
 */
const LABELS = {
  copy: "binary COPY of finished rows (the limit)",
  "contact-sync": "contact-sync, through the library",
  unnest: "unnest, upsert",
  origin: "row-by-row match, JSONB batches, upsert",
  "delete-and-insert": "delete everything, insert again",
  values: "multi-row VALUES, upsert",
  postgrest: "PostgREST (supabase-js), upsert",
  drizzle: "Drizzle, upsert",
  "prisma-create-many": "Prisma, createMany",
  prisma: "Prisma, upsert",
  "one-by-one": "one INSERT a contact",
};

/**
 * What the chart of the part `sync` shows: how many times as long as contact-sync others take for
 * 10,000 contacts.
 *
 * @param {Figures<Case>} measured
 * @returns {Chart}
 */
export function syncChart({ size, cases, machine }) {
  const { detailed, tables } = SIZES[size];
  const { contacts, directory } = required(
    tables.find(({ name }) => name === detailed),
    `tables ${detailed}`,
  );
  const shown = cases.filter(
    (of) => of.tables === detailed && of.contacts === MARKED_BOOK && of.subject !== REFERENCE.name,
  );
  return {
    title: `A sync of ${number(MARKED_BOOK)} contacts, in times contact-sync's`,
    subtitle:
      `${number(contacts)} contacts and a directory of ${number(directory)} in the tables; median, ` +
      `10th to 90th percentile; ${String(machine.measured_at).slice(0, 10)}, ${machine.cores} cores`,
    axis: "time, in times contact-sync's (logarithmic); to the right is slower",
    one: "contact-sync (SQL)",
    groups: GROUPS.map(({ kind, title }) => ({
      title,
      bars: shown
        .filter((of) => of.kind === kind)
        .map(({ subject, rounds, times_contact_sync: value }) => ({
          label: `${LABELS[subject] ?? subject}${rounds === 1 ? " (one round)" : ""}`,
          value,
        }))
        .sort((one, other) => one.value.median - other.value.median),
    })).filter(({ bars }) => bars.length > 0),
  };
}

/** @param {number} count */
const number = (count) => count.toLocaleString("en");
