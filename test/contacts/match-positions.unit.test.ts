import type { Match } from "@contact-sync/client";
import { expect, test } from "vitest";
import { addPosition } from "../../src/contacts/sync/sync-result.ts";

test("a match names an entry once, also one that holds its number twice", () => {
  const match: Match = { index: 2, indexes: [2], phone_hash: "", user_id: "", silent: false };
  for (const index of [2, 5, 5, 9]) addPosition(match, index);
  expect(match).toMatchObject({ index: 2, indexes: [2, 5, 9] });
  addPosition(undefined, 3); // of a number that nobody has
});
