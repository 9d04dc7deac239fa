import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

const owner = randomUUID();
const contacts = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ owner_id: owner, phone_hash: hashOf(n) }));
const lines = (...values: unknown[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

describePostgres("POST /contacts/bulk-insert", (server) => {
  const app = useApp(server);
  const insert = (body: unknown, type = "application/json", query = "") =>
    app().request({
      method: "POST",
      url: `/api/v1/contacts/bulk-insert${query}`,
      token: SERVICE_KEY,
      body,
      headers: { "content-type": type },
    });
  const stream = (text: string, query?: string) => insert(text, "application/x-ndjson", query);

  test("answers with the guide's fields", async () => {
    const [first] = contacts(1);
    const friend = randomUUID();
    const body = {
      contacts: [
        { ...first, is_favorite: false, linked_user_id: null },
        { ...first, is_favorite: true, linked_user_id: friend, last_interaction: "2026-01-02" },
      ],
      batchSize: 500,
    };
    const answer = await insert(body);
    expect(answer.json()).toEqual({
      success: true,
      data: {
        total_processed: 1,
        contacts_inserted: 1,
        contacts_updated: 0,
        contacts_unchanged: 0,
        matched_contacts: 1,
        duplicates: 1,
        processing_time_ms: expect.any(Number),
        batch_size: 500,
      },
    });
  });

  test.each<[string, unknown, string]>([
    ["no owner", { phone_hash: hashOf(1) }, "INVALID_CONTACT"],
    ["an owner that is no UUID", { owner_id: "me", phone_hash: hashOf(1) }, "INVALID_CONTACT"],
    ["a hash that is none", { owner_id: owner, phone_hash: "+201001234567" }, "INVALID_PHONE_HASH"],
    ["a favourite of text", { ...contacts(1)[0], is_favorite: "yes" }, "INVALID_CONTACT"],
    ["a time that is none", { ...contacts(1)[0], last_interaction: "soon" }, "INVALID_CONTACT"],
    ["a misspelt field", { ...contacts(1)[0], isFavourite: true }, "INVALID_CONTACT"],
    ["null", null, "INVALID_CONTACT"],
  ])("refuses %s by its position, and writes nothing", async (_what, contact, code) => {
    const problem = await insert({ contacts: [contacts(1)[0], contact] });
    expect(problem.json()).toMatchObject({ success: false, code, status: 400, index: 1 });
    expect(problem.body).not.toContain("+201001234567");
  });

  test("takes no contacts, 10,000, and no more", async () => {
    expect((await insert({ contacts: [] })).json().data.total_processed).toBe(0);
    // Within 1 MB only in short: the limit of the count is met by what is not even a contact.
    const more = await insert({ contacts: Array(10_001).fill(0) });
    expect(more.json()).toMatchObject({ code: "CONTACTS_LIMIT_EXCEEDED", status: 413 });
    const most = await insert({ contacts: Array(10_000).fill(0) });
    expect(most.json()).toMatchObject({ code: "INVALID_CONTACT", index: 0 });
  });

  test.each<[unknown, string]>([
    [undefined, "INVALID_REQUEST"],
    [{}, "INVALID_REQUEST"],
    [{ contacts: {} }, "INVALID_REQUEST"],
    [{ contacts: [], batchSize: 99 }, "INVALID_BATCH_SIZE"],
    [{ contacts: [], batchSize: 2000 }, "INVALID_BATCH_SIZE"],
  ])("refuses %j", async (body, code) => {
    expect((await insert(body)).json()).toMatchObject({ code, status: 400 });
  });

  test("names a field that does not exist: of the body, of the query, of a contact", async () => {
    const misspelt = { ...contacts(1)[0], isFavourite: true };
    const sentences = [
      [
        insert({ contacts: [], batch_size: 500 }),
        "/body has a field that does not exist, batch_size; did you mean batchSize?",
      ],
      [
        stream("", "?batchsize=500"),
        "/querystring has a field that does not exist, batchsize; did you mean batchSize?",
      ],
      [
        insert({ contacts: [misspelt] }),
        "the contact at position 0 has a field that does not exist, isFavourite; did you mean is_favorite?",
      ],
      [
        stream(lines(misspelt)),
        "the contact at position 0 has a field that does not exist, isFavourite; did you mean is_favorite?",
      ],
    ] as const;
    for (const [answer, sentence] of sentences) {
      expect((await answer).json().detail).toContain(sentence);
    }
  });

  test("answers a stream with its progress and the result, a line each", async () => {
    const answer = await stream(lines(...contacts(5001)), "?batchSize=1000");
    expect(answer.headers["content-type"]).toBe("application/x-ndjson");
    const told = answer.body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told.slice(0, -1).map(({ progress }) => progress.received)).toEqual([5000, 5001]);
    expect(told.at(-1)).toMatchObject({
      success: true,
      data: { total_processed: 5001, batch_size: 1000 },
    });
  });

  test("refuses a stream whose first chunk is at fault with the problem's own status", async () => {
    for (const [text, code] of [
      [lines({ owner_id: owner }), "INVALID_PHONE_HASH"],
      ["{\n", "UNREADABLE_FILE"],
      [lines(contacts(1)[0], 5), "INVALID_CONTACT"],
    ] as const) {
      const answer = await stream(text);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
      expect(answer.json()).toMatchObject({ success: false, code, status: 400 });
    }
  });

  test("ends a stream whose second chunk is at fault with the problem; the first is stored", async () => {
    const answer = await stream(lines(...contacts(5000), { owner_id: owner }));
    expect(answer.statusCode).toBe(200);
    const last = JSON.parse(answer.body.trim().split("\n").at(-1) as string);
    expect(last).toMatchObject({ success: false, code: "INVALID_PHONE_HASH", index: 5000 });
  });
});
