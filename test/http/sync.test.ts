import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { useApp } from "./support.ts";

const GUIDE = {
  phoneNumbers: ["+1234567890", "+1987654321"],
  deviceContactsCount: 2,
  batchSize: 500,
};

describePostgres("POST /contacts/sync", (server) => {
  const app = useApp(server);
  const sync = async (body: unknown, userId = randomUUID()) =>
    app().request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app().userToken(userId),
      body,
    });

  test("answers the guide's request as the guide shows it", async () => {
    const friend = randomUUID();
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${friend}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber: "+1987654321" },
    });
    const answer = await sync(GUIDE);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      success: true,
      data: {
        total_processed: 2,
        contacts_inserted: 2,
        contacts_updated: 0,
        matched_contacts: 1,
        processing_time_ms: expect.any(Number),
        batch_size: 500,
        sync_completed: true,
        performance_estimate: {
          estimated_batch_size: 500,
          estimated_batches: 1,
          estimated_time_seconds: 1,
          estimated_memory_mb: 0.001,
        },
        contacts_unchanged: 0,
        contacts_removed: 0,
        duplicates: 0,
        budget: { limit: 12_000, remaining: 11_998, reset: 87 },
        sync_token: null,
        rejected: [],
        repeated: [],
        matches: [
          {
            index: 1,
            indexes: [1],
            phone_hash: expect.stringMatching(/^[0-9a-f]{32}$/),
            user_id: friend,
            silent: false,
          },
        ],
      },
    });
  });

  test("tells how long it took: normalising, hashing, the database", async () => {
    const { headers } = await sync(GUIDE);
    expect(headers["server-timing"]).toMatch(/^normalize;dur=\d+, hash;dur=\d+, database;dur=\d+$/);
  });

  test("takes phone hashes of 32 and 64 characters, and writes nothing new the second time", async () => {
    const owner = randomUUID();
    const phoneHashes = [hashOf(1), `${hashOf(2)}${"0".repeat(32)}`.toUpperCase()];
    await sync({ phoneHashes, deviceContactsCount: 2 }, owner);
    const again = await sync({ phoneNumbers: numbers(2, 1), deviceContactsCount: 2 }, owner);
    expect(again.json().data).toMatchObject({ contacts_inserted: 0, contacts_unchanged: 2 });
  });

  test("skips what is no number, and says why; repeated ones count once", async () => {
    const phoneNumbers = ["0100 123 4567", "abc", "", numberOf(1), numberOf(1)];
    const { data } = (await sync({ phoneNumbers, deviceContactsCount: 5 })).json();
    expect(data).toMatchObject({
      total_processed: 1,
      duplicates: 1,
      repeated: [{ index: 4, repeats: 3 }],
      rejected: [
        { index: 0, reason: "NO_COUNTRY_CODE" },
        { index: 1, reason: "NOT_A_NUMBER" },
        { index: 2, reason: "EMPTY" },
      ],
    });
    const inEgypt = {
      phoneNumbers: ["0100 123 4567"],
      deviceContactsCount: 1,
      defaultRegion: "eg",
    };
    expect((await sync(inEgypt)).json().data).toMatchObject({ total_processed: 1, rejected: [] });
  });

  test("gives every position of a number that has an account, in whatever notation", async () => {
    const friend = randomUUID();
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${friend}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber: numberOf(7) },
    });
    const expected = {
      duplicates: 3,
      matched_contacts: 1,
      repeated: [
        { index: 2, repeats: 1 },
        { index: 4, repeats: 0 },
        { index: 5, repeats: 1 },
      ],
      matches: [
        { index: 1, indexes: [1, 2, 5], phone_hash: hashOf(7), user_id: friend, silent: false },
      ],
    };
    const phoneNumbers = ["8", "7", "+20 (100) 000-0007", "x", "8", "0020-100-0000007"].map(
      (entry) => (entry.length === 1 && entry !== "x" ? numberOf(Number(entry)) : entry),
    );
    const { data } = (await sync({ phoneNumbers, deviceContactsCount: 6 })).json();
    expect(data).toMatchObject({ ...expected, rejected: [{ index: 3 }] });

    const phoneHashes = [8, 7, 7, 9, 8, 7].map(hashOf);
    phoneHashes[2] = `${hashOf(7)}${"0".repeat(32)}`.toUpperCase();
    const hashed = (await sync({ phoneHashes, deviceContactsCount: 6 })).json();
    expect(hashed.data).toMatchObject({ ...expected, rejected: [] });
  });

  test("stores both numbers of an entry that holds two", async () => {
    const owner = randomUUID();
    const body = {
      phoneNumbers: ["0100 123 0017; 0111 222 0017", "0111 222 0017"],
      deviceContactsCount: 2,
      defaultRegion: "EG",
    };
    const { data } = (await sync(body, owner)).json();
    expect(data).toMatchObject({ total_processed: 2, contacts_inserted: 2, duplicates: 1 });
    expect(data.rejected).toEqual([]);
  });

  test("replaces the book, beyond half of it only when that is confirmed", async () => {
    const owner = randomUUID();
    await sync({ phoneNumbers: numbers(4), deviceContactsCount: 4 }, owner);
    const replacement = { phoneNumbers: numbers(1), deviceContactsCount: 1, mode: "replace" };
    const refused = await sync(replacement, owner);
    expect(refused.json()).toMatchObject({ code: "REPLACE_NEEDS_CONFIRMATION", status: 409 });
    const confirmed = await sync({ ...replacement, confirmRemoval: true }, owner);
    expect(confirmed.json().data).toMatchObject({ contacts_removed: 3, contacts_unchanged: 1 });
  });

  test.each([100, 1000, undefined])("takes the batch size %s", async (batchSize) => {
    expect((await sync({ ...GUIDE, batchSize })).json().data.batch_size).toBe(batchSize ?? 500);
  });

  test("takes 10,000 numbers and no more", async () => {
    const most = await sync({ phoneNumbers: numbers(10_000), deviceContactsCount: 10_000 });
    expect(most.json().data.total_processed).toBe(10_000);
    const more = await sync({ phoneNumbers: numbers(10_001), deviceContactsCount: 10_001 });
    expect(more.json()).toMatchObject({
      code: "CONTACTS_LIMIT_EXCEEDED",
      status: 413,
      pointer: "/body/phoneNumbers",
      details: { limit: 10_000 },
    });
  });

  test.each<[string, object, string, string | undefined]>([
    ["neither list", { phoneNumbers: undefined }, "INVALID_REQUEST", undefined],
    ["both lists", { phoneHashes: [] }, "INVALID_REQUEST", undefined],
    ["no count", { deviceContactsCount: undefined }, "INVALID_REQUEST", "/body"],
    [
      "a negative count",
      { deviceContactsCount: -1 },
      "INVALID_REQUEST",
      "/body/deviceContactsCount",
    ],
    [
      "a count as text",
      { deviceContactsCount: "2" },
      "INVALID_REQUEST",
      "/body/deviceContactsCount",
    ],
    [
      "a number that is none",
      { phoneNumbers: ["+20", 5] },
      "INVALID_REQUEST",
      "/body/phoneNumbers/1",
    ],
    ["a batch of 99", { batchSize: 99 }, "INVALID_BATCH_SIZE", "/body/batchSize"],
    ["a batch of 1001", { batchSize: 1001 }, "INVALID_BATCH_SIZE", "/body/batchSize"],
    ["half a batch", { batchSize: 100.5 }, "INVALID_BATCH_SIZE", "/body/batchSize"],
    ["an unknown region", { defaultRegion: "ZZ" }, "INVALID_REGION", undefined],
    ["an unknown mode", { mode: "delta" }, "INVALID_REQUEST", "/body/mode"],
    ["a further field", { owner_id: randomUUID() }, "INVALID_REQUEST", "/body"],
  ])("refuses %s", async (_what, change, code, pointer) => {
    const problem = (await sync({ ...GUIDE, ...change })).json();
    expect(problem).toMatchObject({ success: false, code, status: 400 });
    expect(problem.pointer).toBe(pointer);
  });

  test("says what a field may be where it is one of a few", async () => {
    const { message } = (await sync({ ...GUIDE, mode: "Merge" })).json();
    expect(message).toBe("INVALID_REQUEST: /body/mode must be one of merge, replace");
  });

  test.each([
    ["batchsize", "has a field that does not exist, batchsize; did you mean batchSize?"],
    ["phone_numbers", "has a field that does not exist, phone_numbers; did you mean phoneNumbers?"],
    ["Mona", "has a field that does not exist, Mona; known are phoneNumbers, phoneHashes"],
    [numberOf(1), "has a field that does not exist; known are phoneNumbers, phoneHashes"],
    [hashOf(1), "has a field that does not exist; known are phoneNumbers, phoneHashes"],
  ])("names a further field that is a word: %s", async (name, sentence) => {
    const answer = await sync({ ...GUIDE, [name]: 5 });
    expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", pointer: "/body" });
    expect(answer.json().detail).toContain(`/body ${sentence}`);
    expect(answer.body.includes(name)).toBe(sentence.includes(name));
  });

  test("names the position of a malformed hash, and not the hash", async () => {
    const phoneHashes = [hashOf(1), hashOf(2).slice(1)];
    const answer = await sync({ phoneHashes, deviceContactsCount: 2 });
    expect(answer.json()).toMatchObject({ code: "INVALID_PHONE_HASH", status: 400, index: 1 });
    expect(answer.body).not.toContain(phoneHashes[1]);
  });
});
