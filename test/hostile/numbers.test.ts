import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";
import { fingerprint } from "./fingerprint.ts";
import { MEGABYTES_10, NO_VALUES, TRAP, UNPRINTABLE } from "./values.ts";

/** What stands where a number should, in a list that is otherwise good. */
const NO_NUMBERS: readonly unknown[] = [
  ...NO_VALUES,
  201_000_000_001,
  [numberOf(1)],
  new String(numberOf(1)),
  "",
  " \t\n\u00a0\u200b\ufeff",
  "\0",
  `${numberOf(1)}\0`,
  `\0${numberOf(1)}`,
  `${numberOf(1)}\ud800`,
  `\udfff${numberOf(1)}`,
  "\ud800\udc00".repeat(20),
  "'; drop table contacts_with_accounts; --",
  '{"phone": "+201000000001"}',
  "$1",
  "#{phone}",
  "../../../etc/passwd",
  "<script>alert(1)</script>",
  "%2B201000000001",
  "\\x2b323031",
  "+",
  "+0",
  "++++++++++",
  "+٠",
  "1e12",
  "0x2b2010",
  "+1 555",
  "9".repeat(400),
  "+".repeat(MEGABYTES_10),
  "1".repeat(MEGABYTES_10),
  "1 ".repeat(MEGABYTES_10 / 2),
  "\u202a".repeat(MEGABYTES_10),
  "\ud800".repeat(MEGABYTES_10),
  `+1 415 555 2671 ${",".repeat(MEGABYTES_10)}`,
  "x".repeat(MEGABYTES_10),
];

describePostgres("hostile numbers", (server) => {
  const { contactSync, database } = useContactSync(server);
  const owner = randomUUID();

  beforeAll(async () => {
    await contactSync().syncContacts(owner, numbers(3), 3);
  });

  test("are each rejected with a reason and store nothing", async () => {
    const result = await contactSync().syncContacts(owner, NO_NUMBERS, 3, { defaultRegion: "EG" });
    expect(result).toMatchObject({ total_processed: 0, contacts_inserted: 0, duplicates: 0 });
    const unread = new Set(result.rejected.map(({ index }) => index));
    expect(NO_NUMBERS.filter((_, index) => !unread.has(index))).toEqual([]);
    for (const { index, reason } of result.rejected) {
      expect(typeof NO_NUMBERS[index] === "string").toBe(reason !== "NOT_A_STRING");
    }
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 3 });
  });

  test("do not keep the good ones beside them from being stored", async () => {
    const among = [...NO_NUMBERS, numberOf(7), ...NO_NUMBERS];
    const result = await contactSync().syncContacts(randomUUID(), among, 1);
    expect(result).toMatchObject({ contacts_inserted: 1 });
    expect(result.rejected).toHaveLength(2 * NO_NUMBERS.length);
  });

  test("are a remark behind a number, which nobody sees", async () => {
    const hostile = [`${numberOf(4)}'); delete from phones; --`, `{${numberOf(5)},${numberOf(6)}}`];
    const result = await contactSync().syncContacts(owner, hostile, 2);
    expect(result).toMatchObject({ contacts_inserted: 1, total_processed: 1 });
    expect(result.rejected).toMatchObject([{ index: 1 }, { index: 1 }]);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 4 });
  });

  test("can't be linked, one at a time or among others", async () => {
    const before = await fingerprint(database());
    for (const hostile of NO_NUMBERS) {
      const userId = randomUUID();
      await refusal(contactSync().link(userId, hostile as string), "INVALID_PHONE_NUMBER");
      const many = contactSync().linkMany([
        { userId, phoneNumber: numberOf(1) },
        { userId, phoneNumber: hostile as string },
      ]);
      expect(await refusal(many, "INVALID_PHONE_NUMBER")).toMatchObject({ index: 1 });
    }
    expect(await fingerprint(database())).toEqual(before);
  });

  test("a million of one number, streamed, are one contact and as many duplicates", async () => {
    const someone = randomUUID();
    async function* million() {
      for (let n = 0; n < 1_000_000; n += 1) yield numberOf(5);
    }
    expect(await contactSync().syncContacts(someone, million(), 1)).toMatchObject({
      total_processed: 1,
      contacts_inserted: 1,
      duplicates: 999_999,
      rejected: [],
    });
    expect(await contactSync().summarizeContacts(someone)).toMatchObject({ contacts_count: 1 });
  });

  test("one more than a million is over the limit, and says so", async () => {
    const someone = randomUUID();
    async function* tooMany() {
      for (let n = 0; n <= 1_000_000; n += 1) yield numberOf(6);
    }
    const error = await refusal(
      contactSync().syncContacts(someone, tooMany(), 1),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(error.message).toContain("1000000");
    expect(error.details).toEqual({ limit: 1_000_000 });
  });

  test("a stream of them that breaks off leaves no contact", async () => {
    const someone = randomUUID();
    async function* broken() {
      yield TRAP;
      yield UNPRINTABLE;
      yield numberOf(1);
      throw TRAP;
    }
    await refusal(contactSync().syncContacts(someone, broken(), 1), "INVALID_ARGUMENT");
    expect(await contactSync().summarizeContacts(someone)).toMatchObject({ contacts_count: 0 });
  });
});
