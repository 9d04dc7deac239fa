import { randomUUID } from "node:crypto";
import { applyToDigest, digestOf, EMPTY_DIGEST, type ErrorCode } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { type Answer, useApp } from "./support.ts";

const hashes = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => hashOf(from + n));

describePostgres("devices over HTTP", (server) => {
  const app = useApp(server);

  /** A user whose phone has synced so many numbers. */
  async function phoneWith(count: number) {
    const book = await openBook(app(), 0);
    const first = await book.ask("POST", "/contacts/sync", {
      phoneNumbers: numbers(count),
      deviceContactsCount: count,
      mode: "replace",
      deviceId: "phone-1",
    });
    const delta = (
      syncToken: string,
      digest: string,
      lists: { added?: string[]; removed?: string[]; confirmRemoval?: boolean } = {},
    ) =>
      book.ask("POST", "/contacts/sync/delta", {
        syncToken,
        digest,
        added: [],
        removed: [],
        ...lists,
      });
    const { data } = first.json();
    return { ...book, delta, token: data.sync_token as string, digest: digestOf(hashes(count)) };
  }

  async function link(n: number, announce?: boolean) {
    const userId = randomUUID();
    const answer = await app().request({
      method: "PUT",
      url: `/api/v1/users/${userId}/phones`,
      token: await app().serviceToken(),
      body: { phoneHash: hashOf(n), announce },
    });
    expect(answer.json()).toMatchObject({ success: true, data: { changed: true } });
    return userId;
  }

  /** What /metrics says of deltas, by outcome. */
  async function deltas() {
    const { body } = await app().request({ method: "GET", url: "/metrics" });
    const lines = body.matchAll(/^contact_sync_deltas_total\{outcome="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
  }

  test("a delta is answered with the guide's fields, a new token, and what has changed", async () => {
    const phone = await phoneWith(3);
    const [joined, quiet] = [await link(1), await link(2, false)];
    const digest = applyToDigest(phone.digest, { added: [hashOf(5)], removed: [hashOf(0)] });
    const lists = { added: [hashOf(5)], removed: [hashOf(0)] };
    const answer = await phone.delta(phone.token, digest, lists);
    expect(answer.statusCode).toBe(200);
    const { data } = answer.json();
    expect(data).toEqual({
      total_processed: 1,
      contacts_inserted: 1,
      contacts_updated: 0,
      contacts_unchanged: 0,
      contacts_removed: 1,
      matched_contacts: 0,
      duplicates: 0,
      processing_time_ms: expect.any(Number),
      batch_size: expect.any(Number),
      budget: { limit: 12_000, remaining: 11_996, reset: expect.any(Number) },
      sync_completed: true,
      rejected: [],
      repeated: [],
      matches: [],
      sync_token: expect.any(String),
      changes: expect.any(Array),
      has_more_changes: false,
      changes_reset: false,
    });
    expect(data.changes).toHaveLength(2);
    expect(data.changes).toEqual(
      expect.arrayContaining([
        { phone_hash: hashOf(1), user_id: joined, silent: false },
        { phone_hash: hashOf(2), user_id: quiet, silent: true },
      ]),
    );
    expect(answer.headers["server-timing"]).toMatch(/database;dur=\d/);
    // The answer was lost: the same again.
    const again = await phone.delta(phone.token, digest, lists);
    expect(again.json().data).toMatchObject({ contacts_inserted: 1, contacts_removed: 1 });
  });

  test("nothing changed takes less than 1 KB both ways, whatever the book", async () => {
    for (const count of [3, 900]) {
      const phone = await phoneWith(count);
      const answer = await phone.delta(phone.token, phone.digest);
      expect(answer.statusCode).toBe(200);
      expect(answer.rawPayload.length).toBeLessThan(1_024);
      const sent = JSON.stringify({ syncToken: phone.token, digest: phone.digest, added: [] });
      expect(sent.length).toBeLessThan(1_024 - 20);
    }
  });

  test("deltas are counted by outcome", async () => {
    const phone = await phoneWith(3);
    const before = await deltas();
    const next = await phone.delta(phone.token, phone.digest);
    await phone.delta("x", phone.digest);
    await phone.delta(phone.token, EMPTY_DIGEST);
    const added = [hashOf(7)];
    await phone.delta(next.json().data.sync_token, applyToDigest(phone.digest, { added }), {
      added,
    });
    const after = await deltas();
    const by = (outcome: string) => (after[outcome] ?? 0) - (before[outcome] ?? 0);
    expect(["changed", "unchanged", "refused"].map(by)).toEqual([1, 1, 2]);
  });

  test("what is out of step is 409, and says that a full sync is the cure", async () => {
    const phone = await phoneWith(4);
    const stranger = await openBook(app(), 0);
    const old = phone.token;
    const added = [hashOf(9)];
    await phone.delta(old, applyToDigest(phone.digest, { added }), { added });
    const bodies: [ErrorCode, Answer][] = [
      ["SYNC_TOKEN_EXPIRED", await phone.delta(old, phone.digest)],
      ["SYNC_TOKEN_EXPIRED", await phone.delta(`${old}A`, phone.digest)],
      [
        "SYNC_TOKEN_EXPIRED",
        await stranger.ask("POST", "/contacts/sync/delta", {
          syncToken: old,
          digest: phone.digest,
          added: [],
          removed: [],
        }),
      ],
      ["SYNC_DIGEST_MISMATCH", await phone.delta(old, EMPTY_DIGEST)],
    ];
    for (const [code, answer] of bodies) {
      expect(answer.statusCode).toBe(409);
      const problem = answer.json();
      expect(problem).toMatchObject({ code, cure: ERRORS[code].cure });
      expect(problem.message).toMatch(/send a full sync/i);
      expect(problem.cure).toMatch(/^Send a full sync/);
      expect(answer.body).not.toContain(old);
    }
  });

  test("changes are followed with a cursor", async () => {
    const { ask } = await openBook(app(), 3);
    const { cursor } = (await ask("GET", "/contacts/changes")).json().data;
    await link(0);
    await link(2);
    const page = (await ask("GET", `/contacts/changes?since=${cursor}&limit=1`)).json().data;
    expect(page).toMatchObject({ has_more: true, reset: false });
    const rest = (await ask("GET", `/contacts/changes?since=${page.cursor}`)).json().data;
    expect(rest).toMatchObject({ has_more: false });
    const named = [...page.changes, ...rest.changes].map(({ phone_hash }) => phone_hash);
    expect(named.toSorted()).toEqual([hashOf(0), hashOf(2)].toSorted());
    for (const query of ["since=x", "limit=0", "limit=1001", `since=${cursor}A`]) {
      expect((await ask("GET", `/contacts/changes?${query}`)).statusCode, query).toBe(400);
    }
  });

  test("devices are listed and forgotten", async () => {
    const { ask } = await phoneWith(3);
    const { devices } = (await ask("GET", "/contacts/devices")).json().data;
    expect(devices).toEqual([
      {
        device_id: "phone-1",
        contacts_count: 3,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        last_seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    const forgotten = await ask("DELETE", "/contacts/devices/phone-1");
    expect(forgotten.json().data).toEqual({ contacts_removed: 3 });
    const again = await ask("DELETE", "/contacts/devices/phone-1");
    expect(again.json()).toMatchObject({ code: "DEVICE_NOT_FOUND", status: 404 });
    expect((await ask("DELETE", "/contacts/devices/a%20b")).statusCode).toBe(400);
  });

  test("a session is a full sync in parts", async () => {
    const { ask } = await openBook(app(), 0);
    const begun = await ask("POST", "/contacts/sync/sessions", {
      deviceId: "phone-1",
      deviceContactsCount: 5,
    });
    const path = `/contacts/sync/sessions/${begun.json().data.session_id}`;
    const put = (part: number, phoneHashes: string[]) =>
      ask("PUT", `${path}/parts/${part}`, { phoneHashes });
    expect((await put(1, hashes(2, 3))).json().data).toEqual({ part: 1, received: 2 });
    const digest = digestOf(hashes(5));
    const commit = () => ask("POST", `${path}/commit`, { parts: 2, digest });
    expect((await commit()).json()).toMatchObject({
      code: "SESSION_INCOMPLETE",
      status: 409,
      details: { parts: 2, received: 1 },
    });
    await put(0, hashes(2));
    expect((await commit()).json()).toMatchObject({ code: "SYNC_DIGEST_MISMATCH" });
    await put(0, hashes(3));
    expect((await ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(0);
    const { data } = (await commit()).json();
    expect(data).toMatchObject({
      contacts_inserted: 5,
      sync_completed: true,
      performance_estimate: { estimated_batches: 1 },
    });
    const next = await ask("POST", "/contacts/sync/delta", {
      syncToken: data.sync_token,
      digest,
      added: [],
      removed: [],
    });
    expect(next.statusCode).toBe(200);
    for (const answer of [await commit(), await put(0, [])]) {
      expect(answer.json()).toMatchObject({ code: "SESSION_NOT_FOUND", status: 404 });
    }
    for (const part of ["-1", "10000", "x", "1.5"]) {
      expect((await ask("PUT", `${path}/parts/${part}`, { phoneHashes: [] })).statusCode).toBe(400);
    }
  });

  test("a repeated full sync with a key gives its token again, which is kept encrypted", async () => {
    const { userId } = await openBook(app(), 0);
    const request = {
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app().userToken(userId),
      headers: { "idempotency-key": randomUUID() },
      body: { phoneHashes: hashes(3), deviceContactsCount: 3, mode: "replace", deviceId: "a" },
    } as const;
    const [first, again] = [await app().request(request), await app().request(request)];
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.json()).toEqual(first.json());
    const { rows } = await app().pool.query(
      "select * from contact_sync_answers where owner_id = $1",
      [userId],
    );
    const kept = Buffer.concat(
      Object.values(rows[0]).filter((value): value is Buffer => Buffer.isBuffer(value)),
    );
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.includes(first.json().data.sync_token)).toBe(false);
  });

  test("no token, cursor, digest or hash is in the log", async () => {
    const phone = await phoneWith(3);
    const { cursor } = (await phone.ask("GET", "/contacts/changes")).json().data;
    await phone.ask("GET", `/contacts/changes?since=${cursor}`);
    await phone.delta(phone.token, phone.digest);
    await phone.delta(phone.token, EMPTY_DIGEST);
    await phone.delta(`${phone.token}A`, phone.digest);
    const log = app().log.join("");
    const metrics = (await app().request({ method: "GET", url: "/metrics" })).body;
    for (const secret of [phone.token, cursor, phone.digest, phone.digest.slice(2), ...hashes(3)]) {
      expect(log).not.toContain(secret);
      expect(metrics).not.toContain(secret);
    }
    expect(log).toContain("/contacts/sync/delta");
  });
});
