/** Ids as apps and identity providers have them. */
export const IDS = {
  integer: "42",
  ulid: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  auth0: "auth0|5f7c8ec7c33c6c004bbafe82",
  clerk: "user_2NNEqL2nrIRdJ194ndJqAHwEfxC",
  firebase: "Xk3vQ9mZJ0hTqLr8sUwYb2NfEeD2",
  email: "omar.o'neil+app@example.com",
  emoji: "🧕".repeat(255),
  lower: "alice",
  upper: "Alice",
  spaces: "  two  spaces\t",
  quotes: `a"b\\c,{d}'e`,
  slashes: "a/b/../c?d=e#f%2F",
  cyrillic: "Омар",
  uuid: "b2000000-0000-4000-8000-000000000001",
  upperUuid: "B2000000-0000-4000-8000-000000000001",
  composed: "é",
  decomposed: "e\u0301",
} as const;

export const ALL_IDS: readonly string[] = Object.values(IDS);

/** What is none: with what is wrong with it. */
export const NO_IDS: readonly unknown[] = [
  "",
  "a".repeat(256),
  "🧕".repeat(256),
  "a\0b",
  "\ud83e",
  "\udd75a",
  42,
  null,
  undefined,
  {},
];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Every UUID that stands anywhere in an answer. */
export function uuidsIn(answer: unknown): string[] {
  const text = typeof answer === "string" ? answer : (JSON.stringify(answer) ?? "");
  return [...text.matchAll(UUID)].map(([uuid]) => uuid.toLowerCase());
}
