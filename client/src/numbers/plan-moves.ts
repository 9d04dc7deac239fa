import { VIETNAM_CANDIDATE, VIETNAM_MOVES } from "./vietnam.ts";

// Numbering plans that moved by a rule: every old number has one new form, which its digits alone
// tell. Address books hold the old form for decades, and no longer does libphonenumber read it, so
// both have to give the new one, or the same person has two phone hashes.
//
// A rule is here when a regulator ordered it and the old form is no number of today's plan. What
// no rule can tell, the client's README names.

/** One rule: what the national digits (after the country code) looked like, and what they are now. */
interface PlanMove {
  readonly from: RegExp;
  readonly to: string;
}

/** The moves of one country. */
interface MovedPlan {
  /** A pattern of how the old forms' digits begin, and perhaps others': `from` decides. */
  readonly candidate: string;
  readonly moves: readonly PlanMove[];
}

/** Calling code → the moves of its plan. */
const MOVED_PLANS: Readonly<Record<string, MovedPlan>> = {
  // Mexico, 3 August 2019 (IFT, Plan Técnico Fundamental de Numeración, 2018): the prefixes that
  // were dialled before the ten digits, +52 1 from abroad, 044, 045, 01 and 02 at home, are gone.
  // Every number has ten digits, the first of them 2 to 9. (The 0 is optional because the parser
  // may have taken it for a national prefix.)
  "52": {
    candidate: "0|\\d{11}",
    moves: [{ from: /^0?(?:1|2|44|45)([2-9]\d{9})$/, to: "$1" }],
  },
  // Argentina (Plan Fundamental de Numeración Nacional, Secretaría de Comunicaciones, Resolución
  // 46/97): a mobile has 9 before its area code from abroad and 15 behind it at home. The parser
  // brings 15 to 9; this is both at once. Area codes have two to four digits, subscribers the rest
  // of ten; 11 is the one of two digits, and 15 begins no subscriber's number behind a 9.
  "54": {
    candidate: "9\\d{12}",
    moves: [
      { from: /^9(11)15(\d{8})$/, to: "9$1$2" },
      { from: /^9([23]\d{2})15(\d{7})$/, to: "9$1$2" },
      { from: /^9([23]\d{3})15(\d{6})$/, to: "9$1$2" },
    ],
  },
  // Brazil, 29 July 2012 to 6 November 2016 (Anatel, Resolução 553/2010; Ato 6.305/2012 has the
  // days of each area): 9 before the eight digits of every mobile (SMP). Those began with 6 to 9,
  // but 7 was also the trunked radio's (SME), which kept eight digits: it stays as it is.
  "55": {
    candidate: "[1-9]{2}[689]\\d{7}$",
    moves: [{ from: /^([1-9][1-9])([689]\d{7})$/, to: "$19$2" }],
  },
  // Colombia, 1 September 2021 (CRC, Resolución 5826 de 2019): 60 before the area's digit and the
  // seven digits of every fixed line. 46 and six digits is in use, so it stays as it is.
  "57": {
    candidate: "[124-8]\\d{7}$",
    moves: [{ from: /^(4[2-57-9]\d{6}|[125-8][2-9]\d{6})$/, to: "60$1" }],
  },
  "84": { candidate: VIETNAM_CANDIDATE, moves: VIETNAM_MOVES },
  // Côte d'Ivoire, 31 January 2021 (ARTCI; ITU, communication T02020000310006): two digits before
  // the eight, by operator. A mobile's second digit told the operator: 0 to 3 Moov, 4 to 6 MTN, 7
  // to 9 Orange. Of the fixed lines, the exchanges of Orange are those that today's plan has behind
  // 27; whether 21 or 25 is before another, its digits do not tell.
  "225": {
    candidate: "\\d{8}$",
    moves: [
      { from: /^(0[1-3]\d{6}|[457][0-3]\d{6})$/, to: "01$1" },
      { from: /^([04578][4-6]\d{6}|9[4-6]\d{6})$/, to: "05$1" },
      { from: /^([04578][7-9]\d{6}|97\d{6})$/, to: "07$1" },
      {
        from: /^((?:2(?:0[23]|1[2357]|2[245]|3[45]|4[3-5])|3(?:06|1[69]|[2-6]7))\d{5})$/,
        to: "27$1",
      },
    ],
  },
  // Benin, 30 November 2024 (ARCEP Bénin; ITU, communication T0202000017): 01 before every number.
  "229": { candidate: "[2-9]\\d{7}$", moves: [{ from: /^([2-9]\d{7})$/, to: "01$1" }] },
  // Mauritius, 1 September 2013 (ICTA, decision of 11 February 2013): 5 before every mobile number
  // of seven digits. Those that began with 7 or 9 are no fixed lines.
  "230": { candidate: "[79]\\d{6}$", moves: [{ from: /^([79]\d{6})$/, to: "5$1" }] },
  // Cameroon, 21 November 2014 (ART): 2 before every fixed line, 6 before every mobile.
  "237": {
    candidate: "[23579]\\d{7}$",
    moves: [
      { from: /^((?:22|33)\d{6})$/, to: "2$1" },
      { from: /^([579]\d{7})$/, to: "6$1" },
    ],
  },
  // Gabon, 15 November 2019 (ARCEP Gabon), the old form switched off on 6 April 2024: the network's
  // digit before the operator's, and no 0 behind the country code: 01 became 11, 02, 05 and 06
  // became 62, 65 and 66, 04 and 07 became 74 and 77.
  "241": {
    candidate: "0|[1-7]\\d{6}$",
    moves: [
      { from: /^0?(1\d{6})$/, to: "1$1" },
      { from: /^0?([256]\d{6})$/, to: "6$1" },
      { from: /^0?([47]\d{6})$/, to: "7$1" },
    ],
  },
};

/** How the national digits begin that a move of the calling code's plan may concern. */
export function movedPlanCandidate(callingCode: string): string | undefined {
  return MOVED_PLANS[callingCode]?.candidate;
}

/** `22997120001` with 229 → `+2290197120001`; undefined when the plan's moves do not concern it. */
export function movedNumber(callingCode: string, nationalDigits: string): string | undefined {
  for (const { from, to } of MOVED_PLANS[callingCode]?.moves ?? []) {
    if (from.test(nationalDigits)) return `+${callingCode}${nationalDigits.replace(from, to)}`;
  }
  return undefined;
}
