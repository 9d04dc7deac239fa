import { judge } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { BOOKS, KINDS, SIZES } from "./cases.js";

const NOTHING = "–";
const COST_HEADS = ["CPU", "WAL", "pages"];
const COUNTED_BOOK = BOOKS[0].contacts;

/**
 * @param {readonly object[]} variants cases of variants
 * @param {readonly object[]} eventLoop cases of event-loop.js
 * @param {"quick" | "full"} size
 */
export function variantsTable(variants, eventLoop, size) {
  const { contacts, directory, rounds } = SIZES[size];
  return [
    "## What was tried",
    "",
    "Times of a variant in times the engine as it stands, which took turns with it; above 1 is slower.",
    `Median of ${rounds} rounds, with the 10th and 90th percentile. \`?\`: nothing is concluded, as the rounds are`,
    "further apart than the median is from 1, or two that are equal (control) were as far from 1.",
    `Tables of ${contacts.toLocaleString("en")} contacts, a directory of ${directory.toLocaleString("en")}.`,
    "",
    formatTable(
      ["variant", ...columns().map(({ head }) => head)],
      variants.map(({ id, title, syncs }) => [
        `${id}: ${title}`,
        ...columns().map((column) => comparedCell(find(syncs, column).time)),
      ]),
    ),
    "",
    "## What 10,000 contacts cost",
    "",
    "In times the engine as it stands: CPU of the connection's backend; medians of bytes of WAL, and of",
    "pages of tables and indexes read from the server's memory. Not of variants with connections of",
    "their own.",
    "",
    formatTable(
      ["variant", ...KINDS.flatMap((kind) => COST_HEADS.map((head) => `${kind}, ${head}`))],
      variants
        .filter(isCounted)
        .map(({ id, syncs }) => [
          id,
          ...KINDS.flatMap((kind) => costCells(find(syncs, { contacts: COUNTED_BOOK, kind }))),
        ]),
    ),
    "",
    "## Beside syncs",
    "",
    "In brackets after a figure: the engine as it stands.",
    "",
    ...variants.flatMap(extraLines),
    ...eventLoop.map(eventLoopLine),
  ].join("\n");
}

function columns() {
  return BOOKS.flatMap(({ contacts }) =>
    KINDS.map((kind) => ({ contacts, kind, head: `${kind} ${contacts.toLocaleString("en")}` })),
  );
}

const find = (syncs, { contacts, kind }) =>
  syncs.find((sync) => sync.contacts === contacts && sync.kind === kind);

const isCounted = ({ syncs }) => syncs.some(({ variant }) => variant.blocks_hit !== null);

function costCells({ server_cpu: cpu, variant, baseline }) {
  return [
    cpu === null ? NOTHING : comparedCell(cpu),
    ...["wal_bytes", "blocks_hit"].map((name) =>
      (variant[name].median / baseline[name].median).toFixed(2),
    ),
  ];
}

const comparedCell = (ratio) => `${formatSpread(ratio)}${ratio.concludes ? "" : " ?"}`;

/** Of what has no control. */
const ratioCell = (ratio) =>
  comparedCell({ ...ratio, concludes: judge(ratio, 1) !== "no conclusion" });

function extraLines({ id, bytes, skew = [], hot_updates: hot }) {
  const lines = [];
  if (bytes !== undefined) {
    const { variant, baseline } = bytes;
    lines.push(
      `a contact ${variant.contact.toFixed(0)} bytes on disk (${baseline.contact.toFixed(0)}), ` +
        `a registered number ${variant.number.toFixed(0)} (${baseline.number.toFixed(0)}).`,
    );
  }
  lines.push(...skew.map((of) => `${of.what}: ${ratioCell(of.times_baseline)}.`));
  if (hot !== undefined) {
    lines.push(
      `${hot.what}: ${ratioCell(hot.times_baseline)}; HOT ${percent(hot.hot_share.variant)} ` +
        `(${percent(hot.hot_share.baseline)}); WAL a contact ` +
        `${hot.wal_bytes_per_contact.variant.median.toFixed(0)} bytes ` +
        `(${hot.wal_bytes_per_contact.baseline.median.toFixed(0)}).`,
    );
  }
  return lines.map((line) => `- ${id}: ${line}`);
}

const percent = ({ median }) => `${(median * 100).toFixed(0)} %`;

function eventLoopLine(of) {
  const numbers = of.numbers.toLocaleString("en");
  return (
    `- worker-thread: ${numbers} numbers in E.164, normalised and hashed in a worker, in times the same inline ` +
    `(${of.inline.ms.median.toFixed(1)} ms): ${ratioCell(of.total_times_inline)}; event loop blocked: ` +
    `${ratioCell(of.blocked_times_inline)}.`
  );
}
