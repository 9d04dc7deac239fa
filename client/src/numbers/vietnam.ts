// Vietnam moved twice. Both decisions keep the subscriber's digits and replace what is before them.

// Ministry of Information and Communications, Decision 798/QĐ-BTTTT of 25 May 2018: mobiles of ten
// national digits have nine since 15 September 2018.
const MOBILE = {
  ...{ 120: "70", 121: "79", 122: "77", 126: "76", 128: "78" },
  ...{ 123: "83", 124: "84", 125: "85", 127: "81", 129: "82" },
  ...{ 162: "32", 163: "33", 164: "34", 165: "35", 166: "36", 167: "37", 168: "38", 169: "39" },
  ...{ 186: "56", 188: "58", 199: "59" },
};

// Decision 2036/QĐ-BTTTT of 21 November 2016: the area codes of 59 provinces, from 11 February to
// 17 June 2017. Left out are the old codes whose numbers a mobile of today may have: 8 (Ho Chi Minh
// City) and the codes of two digits that begin with 3, 5 or 7.
const AREA_OF_TWO_DIGITS = {
  ...{ 20: "214", 22: "212", 25: "205", 26: "206", 27: "207", 29: "216" },
  ...{ 60: "260", 61: "251", 62: "252", 63: "263", 64: "254", 66: "276", 68: "259" },
};
const AREA_OF_THREE_DIGITS = {
  ...{ 230: "215", 231: "213", 240: "204", 241: "222", 280: "208", 281: "209" },
  ...{ 320: "220", 321: "221", 350: "228", 351: "226" },
  ...{ 500: "262", 501: "261", 510: "235", 511: "236" },
  ...{ 650: "274", 651: "271", 710: "292", 711: "293", 780: "290", 781: "291" },
};

/** Seven digits of a subscriber follow each prefix. */
function replaced(prefixes: Readonly<Record<string, string>>) {
  return Object.entries(prefixes).map(([old, today]) => ({
    from: new RegExp(`^${old}(\\d{7})$`),
    to: `${today}$1`,
  }));
}

/** How the national digits of each old form begin. */
export const VIETNAM_CANDIDATE = "1\\d{9}$|[246]\\d{8}$|(?:2[348]|[3567]\\d)[01]\\d{7}$";

export const VIETNAM_MOVES = [
  ...replaced(MOBILE),
  // Hanoi's subscribers have eight digits.
  { from: /^4(\d{8})$/, to: "24$1" },
  ...replaced(AREA_OF_TWO_DIGITS),
  // Đồng Tháp, except 672, which calls over satellites and the internet have today.
  { from: /^67([3-9]\d{6})$/, to: "277$1" },
  ...replaced(AREA_OF_THREE_DIGITS),
];
