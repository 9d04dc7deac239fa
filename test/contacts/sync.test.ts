import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("syncContacts, an array", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("stores, says what it did, and the second time writes nothing", async () => {
    const owner = randomUUID();
    const first = await contactSync().syncContacts(owner, numbers(25), 40, { batchSize: 10 });
    expect(first).toEqual({
      total_processed: 25,
      contacts_inserted: 25,
      contacts_updated: 0,
      contacts_unchanged: 0,
      contacts_removed: 0,
      matched_contacts: 0,
      duplicates: 0,
      sync_token: null,
      budget: { limit: 12_000, remaining: 11_975, reset: 1_080 },
      rejected: [],
      repeated: [],
      matches: [],
      batch_size: 10,
      processing_time_ms: expect.toSatisfy((ms) => Number.isInteger(ms) && ms >= 1),
    });
    expect(await contactSync().syncContacts(owner, numbers(25), 40)).toMatchObject({
      contacts_inserted: 0,
      contacts_unchanged: 25,
      batch_size: 500,
    });
  });

  test("accounts for every entry it received, by its position", async () => {
    const owner = randomUUID();
    const [user, other] = [randomUUID(), randomUUID()];
    await contactSync().linkMany([
      { userId: user, phoneNumber: numberOf(1) },
      { userId: other, phoneNumber: numberOf(2) },
      { userId: owner, phoneNumber: numberOf(3) },
    ]);
    const received = [
      "112", // a short code
      numberOf(0),
      "010 0000 0002", // a linked one, as dialled in Egypt
      "",
      "0020 (100) 000-0001", // another, dialled from abroad
      numberOf(1), // the same again
      numberOf(3), // the owner's own
      null,
      "+999 000 000 0001",
      "the plumber",
      "0٠20 100 000 0002", // the first linked one again, partly in Arabic digits
    ];
    const result = await contactSync().syncContacts(owner, received, 11, { defaultRegion: "eg" });
    expect(result.rejected).toEqual([
      { index: 0, reason: "SHORT_CODE" },
      { index: 3, reason: "EMPTY" },
      { index: 7, reason: "NOT_A_STRING" },
      { index: 9, reason: "NOT_A_NUMBER" },
    ]);
    expect(result.matches).toEqual([
      { index: 2, indexes: [2, 10], phone_hash: hashOf(2), user_id: other, silent: false },
      { index: 4, indexes: [4, 5], phone_hash: hashOf(1), user_id: user, silent: false },
    ]);
    expect(result.repeated).toEqual([
      { index: 5, repeats: 4 },
      { index: 10, repeats: 2 },
    ]);
    expect(result).toMatchObject({ total_processed: 5, matched_contacts: 2, duplicates: 2 });
    expect(result.total_processed + result.duplicates + result.rejected.length).toBe(
      received.length,
    );
    // An update of nothing: the next sync matches the same.
    const again = await contactSync().syncContacts(owner, received, 11, { defaultRegion: "EG" });
    expect(again.matches).toEqual(result.matches);
    expect(again).toMatchObject({ contacts_updated: 0, contacts_unchanged: 5 });
  });

  test("stores each number of an entry that holds several, and counts and charges each", async () => {
    const [owner, user, other] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().link(user, "+201001230017");
    await contactSync().link(other, "+201112220017");
    const received = [
      "0100 123 0017; 0111 222 0017",
      "0100 123 0018 / 0100 123 0017", // the second again
      "Mob: 0100 123 0019, 0111 222 0019 7", // the second has a digit too many
      "0100 123 0020, 7654321", // the second lacks its area code
    ];
    const before = await contactSync().syncContacts(owner, [], 0);
    const result = await contactSync().syncContacts(owner, received, 4, { defaultRegion: "EG" });
    expect(result).toMatchObject({
      total_processed: 4,
      contacts_inserted: 4,
      duplicates: 1,
      rejected: [
        { index: 2, reason: "TOO_LONG" },
        { index: 3, reason: "SEVERAL_NUMBERS" },
      ],
    });
    expect(result.matches.map(({ index, user_id }) => [index, user_id])).toEqual([
      [0, user],
      [0, other],
    ]);
    expect(before.budget?.remaining).toBe((result.budget?.remaining ?? 0) + 4);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 4 });
  });

  test("takes 10,000 numbers, however many entries they are in", async () => {
    const owner = randomUUID();
    const pairs = Array.from({ length: 5_000 }, (_, n) => `${numberOf(n)}; ${numberOf(n + 5_000)}`);
    const error = await refusal(
      contactSync().syncContacts(owner, [...pairs, numberOf(10_000)], 10_001),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(error.details).toEqual({ limit: 10_000, received: 10_001 });
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 0 });
    expect(await contactSync().syncContacts(owner, pairs, 10_000)).toMatchObject({
      total_processed: 10_000,
      rejected: [],
    });
  });

  test("never guesses a region", async () => {
    const { rejected } = await contactSync().syncContacts(randomUUID(), ["01000000001"], 1);
    expect(rejected).toEqual([{ index: 0, reason: "NO_COUNTRY_CODE" }]);
    await refusal(
      contactSync().syncContacts(randomUUID(), [], 0, { defaultRegion: "UK" }),
      "INVALID_REGION",
    );
  });

  test("merge adds; replace takes the list for the whole book", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(10), 10);
    expect(await contactSync().syncContacts(owner, numbers(2, 20), 2)).toMatchObject({
      contacts_inserted: 2,
      contacts_removed: 0,
    });
    expect(
      await contactSync().syncContacts(owner, numbers(8), 8, { mode: "replace" }),
    ).toMatchObject({
      contacts_inserted: 0,
      contacts_removed: 4,
      contacts_unchanged: 8,
    });
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 8 });
  });

  test("replace removes more than half only when that is confirmed", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(10), 10);
    const error = await refusal(
      contactSync().syncContacts(owner, numbers(4), 4, { mode: "replace" }),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    expect(error.message).toContain("6 of 10");
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 10 });
    expect(
      await contactSync().syncContacts(owner, numbers(4), 4, {
        mode: "replace",
        confirmRemoval: true,
      }),
    ).toMatchObject({ contacts_removed: 6 });
  });

  test("keeps what belongs to the owner", async () => {
    const owner_id = randomUUID();
    const at = new Date("2026-03-01T00:00:00Z");
    const before = await contactSync().create({
      owner_id,
      phone_hash: hashOf(1),
      is_favorite: true,
      last_interaction: at,
    });
    await contactSync().link(randomUUID(), numberOf(1));
    await contactSync().syncContacts(owner_id, numbers(3), 3);
    expect(await contactSync().findContact(owner_id, hashOf(1))).toMatchObject({
      is_favorite: true,
      last_interaction: at,
      created_at: before.created_at,
      linked_user_id: expect.any(String),
    });
  });

  test("tells about its one chunk, and stops at a raised signal before writing", async () => {
    const owner = randomUUID();
    const onProgress = vi.fn();
    await contactSync().syncContacts(owner, [...numbers(3), numberOf(0), "x"], 5, { onProgress });
    expect(onProgress.mock.calls).toEqual([[{ received: 5, processed: 3 }]]);
    const other = randomUUID();
    await refusal(
      contactSync().syncContacts(other, numbers(3), 3, { signal: AbortSignal.abort() }),
      "ABORTED",
    );
    expect(await contactSync().getSyncStatus(other)).toMatchObject({ sync_status: "never_synced" });
  });

  test("refuses a list of more than 10,000, and whatever is no list", async () => {
    const error = await refusal(
      contactSync().syncContacts(randomUUID(), new Array(10_001).fill("x"), 10_001),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(error.details).toEqual({ limit: 10_000, received: 10_001 });
    await refusal(contactSync().syncContacts(randomUUID(), "+201" as never, 1), "INVALID_ARGUMENT");
    await refusal(
      contactSync().syncContacts(randomUUID(), [], 0, { mode: "delta" as never }),
      "INVALID_ARGUMENT",
    );
  });

  test("works where transactions are REPEATABLE READ unless they say otherwise", async () => {
    const { pool, name, connectionString } = database();
    await pool.query(
      `alter database ${name} set default_transaction_isolation = 'repeatable read'`,
    );
    const strict = await openContactSync(database(), { database: connectionString });
    try {
      expect(await strict.syncContacts(randomUUID(), numbers(2), 2)).toMatchObject({
        contacts_inserted: 2,
      });
    } finally {
      await strict.close();
      await pool.query(`alter database ${name} reset default_transaction_isolation`);
    }
  });
});
