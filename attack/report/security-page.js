/** @import { Result } from "./results.js" */
import { inWords } from "../lib/play.js";
import { PUBLISHED } from "../lib/published.js";
import { largestDictionary } from "../lib/spelling.js";
import { THREATS } from "./threats.js";

const END = "<!-- /attacks -->";
const ACCOUNTS = [1, 14, 100, 1_000];

/**
 * The page with what the kept runs found, between marks.
 *
 * @param {string} page
 * @param {Result | undefined} before
 * @param {Result | undefined} after undefined: not yet played
 */
export function securityText(page, before, after) {
  return between(
    between(page, "threats", threatModel(before, after)),
    "spelling",
    spellingTable(after ?? before),
  );
}

/**
 * @param {string} page
 * @param {string} name of the marks
 * @param {readonly string[]} lines
 */
function between(page, name, lines) {
  const begin = `<!-- attacks/${name}: written by \`npm run attack -- --keep\`, never by hand -->`;
  const [head, rest] = page.split(begin);
  const end = rest?.indexOf(END) ?? -1;
  if (head === undefined || rest === undefined || end < 0) {
    throw new Error(`docs/security.md lacks ${begin} or ${END}`);
  }
  return [head, begin, "\n\n", lines.join("\n"), "\n\n", rest.slice(end)].join("");
}

/**
 * @param {Result | undefined} before
 * @param {Result | undefined} after
 */
function threatModel(before, after) {
  const rows = THREATS.map(({ who, attack, gets, stops, left }) => {
    const cell = (/** @type {Result | undefined} */ result) => {
      const played = result?.attacks.find(({ id }) => id === attack);
      if (played === undefined) return "not played yet";
      return played.state === "left out" ? "left out" : gets(played);
    };
    return row([who, cell(before), cell(after), stops, left]);
  });
  return [
    row(["who", "learned before", "learns now", "what stops it", "what is left"]),
    rule(5),
    ...rows,
    "",
    ...beside(after ?? before),
    "",
    [sentence("Before", before), sentence("Now", after)].filter(Boolean).join(" "),
  ];
}

/** @param {readonly string[]} cells */
const row = (cells) => `| ${cells.join(" | ")} |`;
/** @param {number} columns */
const rule = (columns) => row(Array.from({ length: columns }, () => "---"));

/**
 * The most that an account may ask, by what the attacks of a run were allowed.
 *
 * @param {Result | undefined} result
 * @param {"firstDay" | "eachDayAfter"} name
 */
function most(result, name) {
  const allowed = (result?.attacks ?? []).flatMap(({ allowance }) => allowance?.[name] ?? []);
  return allowed.length === 0 ? undefined : Math.max(...allowed);
}

/** @param {Result | undefined} result */
function beside(result) {
  const { whatsApp, signal } = PUBLISHED;
  const [first, after] = [most(result, "firstDay"), most(result, "eachDayAfter")];
  const ours =
    first === undefined || after === undefined
      ? "not played yet"
      : `${inWords(first)}, then ${inWords(after)}`;
  return [
    row(["who", "numbers a day", "source"]),
    rule(3),
    row([
      "WhatsApp, 2025: over 100 million an hour",
      inWords(whatsApp.aDay),
      `[arXiv 2511.20252](${whatsApp.source})`,
    ]),
    row([
      "Signal, 2021: 505 million by 100 accounts in 25 days",
      `${inWords(signal.aDayAndAccount)} an account`,
      "Hagen et al., *All the Numbers are US*, NDSS 2021, [project page](https://contact-discovery.github.io)",
    ]),
    row(["here, a new account on its first day and on each one after", ours, "`npm run attack`"]),
  ];
}

/** @param {Result | undefined} result */
function spellingTable(result) {
  const each = most(result, "firstDay");
  return [
    row([
      "new accounts, on their first day",
      "spell",
      "would spell, if only accounts told numbers apart",
    ]),
    rule(3),
    ...ACCOUNTS.map((accounts) =>
      row([
        inWords(accounts),
        each === undefined ? "not played yet" : inWords(accounts * each),
        each === undefined ? "not played yet" : inWords(largestDictionary(accounts, each)),
      ]),
    ),
  ];
}

/**
 * @param {string} word
 * @param {Result | undefined} result
 */
function sentence(word, result) {
  if (result === undefined) return "";
  const { measured_at: at, seconds, machine } = result;
  const [day] = at.split("T");
  return `${word}: played on ${day} in ${Math.round(seconds)} s, on ${machine.cores} cores, ${machine.processor}, Node ${machine.node}.`;
}
