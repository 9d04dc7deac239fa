import { hash } from "node:crypto";

// Numbers that occur nowhere else in the project, so that finding one is finding a leak.
const NATIONAL = Array.from({ length: 12 }, (_, n) => `109384${String(7_561 + n * 131)}`);

/** E.164. */
export const SECRET_NUMBERS: readonly string[] = NATIONAL.map((number) => `+20${number}`);

/** The same number as people write it; read with the region EG. */
const NOTATIONS: ((national: string) => string)[] = [
  (n) => `+20${n}`,
  (n) => `0${n}`,
  (n) => `0${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`,
  (n) => `0020 (${n.slice(0, 3)}) ${n.slice(3, 6)}-${n.slice(6)}`,
  (n) => `tel:+20-${n.slice(0, 3)}-${n.slice(3)}`,
  (n) => `\u202a+20 ${n}\u202c`,
  (n) => [...`0${n}`].map((digit) => String.fromCharCode(0x0660 + Number(digit))).join(""),
];

/** Every number in every notation. */
export const WRITTEN_NUMBERS: readonly string[] = NATIONAL.flatMap((national) =>
  NOTATIONS.map((write) => write(national)),
);

/** Whole SHA-256s; the phone hash is the first half. */
export const SECRET_HASHES: readonly string[] = SECRET_NUMBERS.map((number) =>
  hash("sha256", number),
);

export const phoneHashOf = (wholeHash: string): string => wholeHash.slice(0, 32);

/** What must be nowhere: the numbers' digits, and their hashes in each form a text may have. */
export const NEEDLES: readonly string[] = [
  ...NATIONAL,
  ...WRITTEN_NUMBERS,
  ...SECRET_HASHES.map(phoneHashOf),
  ...SECRET_HASHES.map((whole) => whole.slice(32)),
  ...SECRET_HASHES.map((whole) => asUuid(phoneHashOf(whole))),
  ...SECRET_HASHES.map((whole) => Buffer.from(phoneHashOf(whole), "hex").toString("base64")),
];

/** Those that a text contains, in whatever case. */
export function needlesIn(text: string): string[] {
  const haystack = text.toLowerCase();
  return NEEDLES.filter((needle) => haystack.includes(needle.toLowerCase()));
}

function asUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
