// Where the sample's numbers come from. Countries that keep numbers for films and novels give
// theirs (Ofcom, Bundesnetzagentur, ARCEP, North America's 555-01xx); in the others a run of zeros
// says that nobody's number is meant.

/**
 * @typedef {object} Plan
 * @property {string} callingCode without the plus
 * @property {string} trunk the prefix before a national number, "" where there is none
 * @property {(serial: number) => string[]} groups the national number as it is usually grouped
 * @property {boolean} [arabicDigits] whether people there also write Arabic-Indic digits
 * @property {boolean} [landline] whether an extension may follow
 * @property {(groups: string[]) => string} [odd] a second form in use behind the calling code
 */

/**
 * The last `digits` digits of a serial number.
 *
 * @param {number} serial
 * @param {number} digits
 */
const digitsOf = (serial, digits) => String(serial % 10 ** digits).padStart(digits, "0");

/** Its last four digits, in pairs. @param {number} serial */
const pairsOf = (serial) => [digitsOf(serial, 4).slice(0, 2), digitsOf(serial, 2)];

/**
 * One of the prefixes, in turn.
 *
 * @param {readonly [string, ...string[]]} prefixes
 * @param {number} serial
 */
const prefixOf = (prefixes, serial) => prefixes[serial % prefixes.length] ?? prefixes[0];

/** @satisfies {Record<string, Plan>} */
export const PLANS = {
  egyptMobile: {
    callingCode: "20",
    trunk: "0",
    groups: (serial) => [prefixOf(["10", "11", "12", "15"], serial), "0000", digitsOf(serial, 4)],
    arabicDigits: true,
  },
  egyptCairo: {
    callingCode: "20",
    trunk: "0",
    groups: (serial) => ["2", "2000", digitsOf(serial, 4)],
    arabicDigits: true,
    landline: true,
  },
  saudiArabia: {
    callingCode: "966",
    trunk: "0",
    groups: (serial) => ["50", "000", digitsOf(serial, 4)],
    arabicDigits: true,
  },
  emirates: {
    callingCode: "971",
    trunk: "0",
    groups: (serial) => ["50", "000", digitsOf(serial, 4)],
    arabicDigits: true,
  },
  britainMobile: {
    callingCode: "44",
    trunk: "0",
    groups: (serial) => ["7700", `900${digitsOf(serial, 3)}`],
  },
  britainLondon: {
    callingCode: "44",
    trunk: "0",
    groups: (serial) => ["20", "7946", `0${digitsOf(serial, 3)}`],
    landline: true,
  },
  unitedStates: {
    callingCode: "1",
    trunk: "",
    groups: (serial) => [
      prefixOf(["202", "212", "415"], serial),
      "555",
      `01${digitsOf(serial, 2)}`,
    ],
  },
  germanyBerlin: {
    callingCode: "49",
    trunk: "0",
    groups: (serial) => ["30", "23125", digitsOf(serial, 3)],
    landline: true,
  },
  franceMobile: {
    callingCode: "33",
    trunk: "0",
    groups: (serial) => ["6", "39", "98", ...pairsOf(serial)],
  },
  italyMobile: {
    callingCode: "39",
    trunk: "",
    groups: (serial) => ["320", "000", digitsOf(serial, 4)],
  },
  italyRome: {
    callingCode: "39",
    trunk: "",
    groups: (serial) => ["06", "0000", digitsOf(serial, 4)],
  },
  brazil: {
    callingCode: "55",
    trunk: "0",
    groups: (serial) => ["11", "90000", digitsOf(serial, 4)],
  },
  argentina: {
    callingCode: "54",
    trunk: "0",
    groups: (serial) => ["9", "11", "5000", digitsOf(serial, 4)],
    // Inside the country the mobile prefix is 15, behind the area code; books keep it that way.
    odd: ([, area, exchange, line]) => `${area} 15 ${exchange}-${line}`,
  },
  mexico: {
    callingCode: "52",
    trunk: "",
    groups: (serial) => ["55", "5000", digitsOf(serial, 4)],
    // Until 2019 a 1 stood before mobile numbers; millions of books still have it.
    odd: (groups) => `1 ${groups.join(" ")}`,
  },
  india: {
    callingCode: "91",
    trunk: "0",
    groups: (serial) => ["90000", `0${digitsOf(serial, 4)}`],
  },
  nigeria: {
    callingCode: "234",
    trunk: "0",
    groups: (serial) => ["803", "000", digitsOf(serial, 4)],
  },
  turkey: {
    callingCode: "90",
    trunk: "0",
    groups: (serial) => ["555", "000", ...pairsOf(serial)],
  },
};
