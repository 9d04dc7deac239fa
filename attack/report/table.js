/** @import { Played } from "../play-all.js" */
import { formatTable } from "../../bench/lib/table.js";
import { inWords } from "../lib/play.js";
import { PUBLISHED } from "../lib/published.js";

const NONE = "–";

/**
 * What the attacks came to, for a terminal, a pipe and Markdown alike.
 *
 * @param {readonly Played[]} played
 * @param {(text: string) => string} [strong] how a terminal shows what lies open
 */
export function attackTable(played, strong = (text) => text) {
  const count = (/** @type {number | null | undefined} */ value) =>
    value === null || value === undefined ? NONE : inWords(value);
  const rows = played.map(({ name, accounts, asked, learned, found, refusedBy, allowance }) => [
    name,
    count(accounts),
    count(asked),
    count(learned),
    count(found),
    count(allowance?.firstDay),
    count(allowance?.eachDayAfter),
    refusedBy ?? NONE,
  ]);
  const heads = ["attack", "accounts", "asked", "learned", "of them users"];
  const perDay = ["a new account, first day", "each day after", "ended by"];
  return [
    formatTable([...heads, ...perDay], rows),
    "",
    ...played.map(
      ({ name, gain, verdict }) => `- ${gain === "open" ? strong(name) : name}: ${verdict}`,
    ),
    "",
    ...beside(played),
  ].join("\n");
}

/**
 * Our figures beside those that were published.
 *
 * @param {readonly Played[]} played
 */
function beside(played) {
  const allowances = played.flatMap(({ allowance }) => allowance ?? []);
  if (allowances.length === 0) return [];
  const firstDay = Math.max(...allowances.map((one) => one.firstDay));
  const after = Math.max(...allowances.map(({ eachDayAfter }) => eachDayAfter));
  const { whatsApp, signal } = PUBLISHED;
  return [
    "Beside what was published:",
    `- ${whatsApp.name} (${whatsApp.source}): ${inWords(whatsApp.aDay)} a day. Here, as many as ${inWords(whatsApp.aDay / firstDay)} new accounts have on their first day.`,
    `- ${signal.name} (${signal.source}): ${inWords(signal.aDayAndAccount)} a day and account. Here ${inWords(firstDay)} on the first day and ${inWords(after)} on each one after: ${inWords(daysFor(firstDay, after))} days for what took those accounts 25.`,
  ];
}

/**
 * How long a hundred accounts would take here for the numbers of the United States.
 *
 * @param {number} firstDay
 * @param {number} after
 */
function daysFor(firstDay, after) {
  const each = PUBLISHED.signal.aDayAndAccount * 25;
  return 1 + Math.max(0, each - firstDay) / after;
}
