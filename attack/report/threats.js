/** @import { Played } from "../play-all.js" */
import { aDay, inWords } from "../lib/play.js";

/**
 * A row of the threat model. Its figures are those of a kept run; the words are ours.
 *
 * @typedef {object} Threat
 * @property {string} who
 * @property {string} attack the id of what was played
 * @property {(played: Played) => string} gets
 * @property {string} stops
 * @property {string} left
 */

/** @param {Played} played */
const numbersADay = ({ allowance, learned }) => {
  if (allowance === undefined) return "–";
  const { bound, firstDay, eachDayAfter } = allowance;
  if (learned === 0) return "nothing: what was answered was withheld";
  return bound === "budget"
    ? `${inWords(firstDay)} numbers on the first day, ${inWords(eachDayAfter)} on each one after`
    : aDay(allowance);
};

/** @param {Played} played @param {string} name */
const figure = ({ figures }, name) => figures?.[name];

const BUDGET =
  "the [budget for new numbers](http.md#the-budget-for-new-numbers), lower for new accounts; a score for each sync (`contact-sync suspects`), and a hold that withholds matches";
const SPELLING =
  "the budget: a number has to be synced to be spelled, by one account at least; the score and the hold. [Nothing else](#a-stolen-dump-beside-accounts)";

/** @type {readonly Threat[]} */
export const THREATS = [
  {
    who: "an account that syncs a range of numbers",
    attack: "sequential",
    gets: numbersADay,
    stops: BUDGET,
    left: "as much as the budget allows, which is more once the account is no longer new. Sent as hashes, a range is not seen to be one",
  },
  {
    who: "an account that syncs numbers drawn at random",
    attack: "random",
    gets: numbersADay,
    stops: BUDGET,
    left: "likewise; a hit rate far below the population's gives it away",
  },
  {
    who: "an account that sends many requests at once",
    attack: "at-once",
    gets: numbersADay,
    stops: "the budget is charged under the account's lock, in the transaction of the sync",
    left: "as above",
  },
  {
    who: "an account that exchanges its book, or deletes it and begins anew",
    attack: "remove-and-add",
    gets: numbersADay,
    stops:
      "removing earns nothing back; what comes back soon was paid for; churn counts in the score",
    left: "as above",
  },
  {
    who: "an account that guesses by deltas, or sends an old token with other numbers",
    attack: "delta-probing",
    gets: (played) =>
      `${numbersADay(played)}; an old token: ${figure(played, "old_token_with_other_numbers") === "granted" ? "answered" : "refused"}`,
    stops: "deltas are charged like syncs, a token stands for one set",
    left: "as above",
  },
  {
    who: "an account that sends a book of 60,000 by a session",
    attack: "sessions",
    gets: (played) =>
      `${inWords(Number(figure(played, "matches_of_the_refused") ?? 0))} names from the session beyond the budget; ${numbersADay(played)}`,
    stops:
      "parts for which there is no room are refused, and the commit is charged whole, before the directory is asked",
    left: "as above",
  },
  {
    who: "many accounts",
    attack: "many-accounts",
    gets: (played) =>
      `N times as much. WhatsApp's 100 million an hour take ${inWords(Number(figure(played, "accounts_for_whatsapp")))} new accounts a day`,
    stops: "what an account costs in your app (a verified number); the score of each",
    left: "an attacker with many numbers of their own. Count your sign-ups",
  },
  {
    who: "an account that asks routes which are not charged",
    attack: "other-doors",
    gets: ({ learned }) => (learned === 0 ? "nothing" : `${learned} routes tell`),
    stops: "they answer only of one's own book; back ends' routes are `service_role`'s",
    left: "",
  },
  {
    who: "an account that looks for those who hide from it, by answers and by time",
    attack: "timing",
    gets: ({ state, gain, figures }) => {
      if (state === "not offered") return "everybody: nobody can hide";
      const calls = inWords(Number(figures?.["calls"]));
      return gain === "nothing" ? `nothing in ${calls} calls` : `who hides, in ${calls} calls`;
    },
    stops:
      "one rule of visibility in the database, by which every answer goes; `Server-Timing` in whole milliseconds",
    left: "a second account, which was not blocked, finds whoever is open to everybody",
  },
  {
    who: "an account that had found somebody, who then hides from it",
    attack: "hiding-later",
    gets: ({ state, gain }) => {
      if (state === "not offered") return "whoever was found, until they leave";
      return gain === "nothing" ? "what it learns of somebody who leaves the app" : "that they hid";
    },
    stops: "a change of consent is told as a change of the directory",
    left: "it knows who had the number before",
  },
  {
    who: "a thief with a dump, a backup or a replica",
    attack: "dump-without-key",
    gets: (played) =>
      `${played.learned} of ${figure(played, "contacts_of_the_victim")} numbers of a victim's book, having tried ${inWords(played.asked ?? 0)}; the graph: that ${figure(played, "contacts_linked_to_user_ids")} of them have accounts and whose, that ${inWords(Number(figure(played, "owners_who_share_a_contact")))} other owners share contacts`,
    stops:
      "phone keys are sealed, the key lies elsewhere; retention and erasure leave less to steal",
    left: "the graph; all numbers, if unsealed",
  },
  {
    who: "a thief with a dump and the key",
    attack: "dump-with-key",
    gets: (played) =>
      `all: ${played.learned} of ${figure(played, "contacts_of_the_victim")} numbers, at ${inWords(Number(figure(played, "numbers_tried_a_second")))} tried a second and core`,
    stops: "nothing. `rotate-key` after a leak, so that the old key opens no later dump",
    left: "the dump that was stolen",
  },
  {
    who: "a thief with a dump and accounts, who spell a dictionary by who holds what",
    attack: "dump-and-accounts",
    gets: (played) =>
      `${figure(played, "contacts_read")} of ${figure(played, "contacts_of_the_victim")} numbers of a victim's book: ${played.accounts} accounts spell ${inWords(played.learned ?? 0)} numbers`,
    stops: SPELLING,
    left: "as many numbers as those accounts may sync",
  },
  {
    who: "a thief with a dump and one account, whose devices and times spell",
    attack: "dump-and-one-account",
    gets: (played) => {
      const { asked, read } = /** @type {{ asked: number, read: number }} */ (
        figure(played, "devices")
      );
      const calls = /** @type {{ asked: number, read: Record<string, number> }} */ (
        figure(played, "calls")
      );
      const ways = Object.entries(calls.read).map(([way, count]) => `${count} by ${way}`);
      return `${inWords(read)} of ${inWords(asked)} numbers by its devices; of ${calls.asked} sent one by one, ${ways.join(", ")}`;
    },
    stops: SPELLING,
    left: "as many numbers as the account may sync",
  },
  {
    who: "a thief with a dump and one account, which sends a session and never commits it",
    attack: "dump-and-session",
    gets: (played) =>
      played.learned === 0
        ? "nothing"
        : `${inWords(played.learned ?? 0)} numbers by their places${figure(played, "is_beyond_the_budget") ? ", more than its budget, and none of them charged" : ""}; ${played.refusedBy ? "then it was refused" : "nothing ended it"}`,
    stops: "the budget, which is asked as parts arrive; sessions are dropped after a day",
    left: "as many numbers as the account has stored and may still sync, in each of four open sessions, and none of them charged",
  },
];
