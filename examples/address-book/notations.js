// How people write phone numbers: each notation takes a number and gives a text that means it.

/**
 * @import { Plan } from "./numbering-plans.js"
 *
 * @typedef {{ plan: Plan, groups: string[] }} PhoneNumber
 * @typedef {(number: PhoneNumber) => string} Notation
 */

const NO_BREAK_SPACE = "\u00A0";
const LEFT_TO_RIGHT_EMBEDDING = "\u202A";
const POP_DIRECTION = "\u202C";
const LEFT_TO_RIGHT_MARK = "\u200E";

/** @param {string} text */
const arabicDigits = (text) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit)));

/** @type {Notation} */
export const e164 = ({ plan, groups }) => `+${plan.callingCode}${groups.join("")}`;

/** @type {Notation} */
const spaced = ({ plan, groups }) => `+${plan.callingCode} ${groups.join(" ")}`;

/** @param {PhoneNumber} number */
const national = ({ plan, groups: [first, ...rest] }) => [`${plan.trunk}${first}`, ...rest];

/** @type {Notation[]} */
const INTERNATIONAL = [
  e164,
  spaced,
  ({ plan, groups }) => `00${plan.callingCode}${groups.join("")}`,
  ({ plan, groups }) => `00 ${plan.callingCode} ${groups.join(" ")}`,
  (number) => spaced(number).replaceAll(" ", NO_BREAK_SPACE),
  (number) => `${LEFT_TO_RIGHT_EMBEDDING}${spaced(number)}${POP_DIRECTION}`,
  (number) => `${LEFT_TO_RIGHT_MARK}${e164(number)}`,
  ({ plan, groups }) => `+${plan.callingCode}.${groups.join(".")}`,
  ({ plan, groups: [first, ...rest] }) => `+${plan.callingCode} (${first}) ${rest.join("-")}`,
];

/** @type {Notation[]} */
const WITH_TRUNK = [({ plan, groups }) => `+${plan.callingCode} (0)${groups.join(" ")}`];

/** @type {Notation[]} */
const WITH_ARABIC_DIGITS = [
  (number) => arabicDigits(spaced(number)),
  ({ plan, groups }) => arabicDigits(`00${plan.callingCode}${groups.join("")}`),
];

/** @type {Notation[]} */
const WITH_EXTENSION = [
  (number) => `${spaced(number)} ext. 12`,
  (number) => `${spaced(number)} x7`,
];

/** @type {Notation[]} */
const WITH_ODD_FORM = [({ plan, groups }) => `+${plan.callingCode} ${plan.odd?.(groups)}`];

/** @type {Notation[]} */
const HOME = [
  (number) => national(number).join(""),
  (number) => national(number).join(" "),
  (number) => national(number).join("-"),
  (number) => national(number).join("."),
  (number) => arabicDigits(national(number).join(" ")),
  (number) => national(number).join(NO_BREAK_SPACE),
  (number) => {
    const [first, ...rest] = national(number);
    return `(${first}) ${rest.join("-")}`;
  },
];

/**
 * All notations that fit a number, the national ones only in the owner's own country.
 *
 * @param {PhoneNumber} number
 * @param {string} homeCallingCode
 * @returns {Notation[]}
 */
export function notationsOf({ plan }, homeCallingCode) {
  return [
    ...INTERNATIONAL,
    ...(plan.trunk === "0" ? WITH_TRUNK : []),
    ...(plan.arabicDigits ? WITH_ARABIC_DIGITS : []),
    ...(plan.landline ? WITH_EXTENSION : []),
    ...(plan.odd ? Array(5).fill(WITH_ODD_FORM).flat() : []),
    // Twice: at home most numbers are kept as they are dialled.
    ...(plan.callingCode === homeCallingCode ? [...HOME, ...HOME] : []),
  ];
}
