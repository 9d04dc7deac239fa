import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { linkMany } from "../../src/directory/link.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { holdOwner } from "./held-owner.ts";
import { useIdempotentRequests } from "./idempotent-requests.ts";

const SYNC = "/api/v1/contacts/sync";
const BULK_INSERT = "/api/v1/contacts/bulk-insert";

// What waits for a claim's lease to end is in idempotency-leases.processes.test.ts.

describePostgres("an Idempotency-Key", (server) => {
  const database = useDatabase(server);
  const { app, sync, bulkInsert, syncsOf, link, execute, codeOf } = useIdempotentRequests(database);

  test("gives a repeated request the first answer, byte for byte", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const first = await sync(owner, { key });
    const again = await sync(owner, { key });

    expect(first.statusCode).toBe(200);
    expect(first.json().data.contacts_inserted).toBe(3);
    expect(first.headers["idempotency-replayed"]).toBeUndefined();
    expect(again.statusCode).toBe(200);
    expect(again.rawPayload.equals(first.rawPayload)).toBe(true);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
    expect(again.headers["cache-control"]).toBe("no-store");
    expect(await syncsOf(owner)).toBe(1);
  });

  test("names in it again whom it named, and lists what could not be read", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), randomUUID()];
    await link(friend, numberOf(7));
    const phoneNumbers = ["nobody", ...numbers(9), numberOf(3), "112", "00201000000007"];
    const first = await sync(owner, { key, phoneNumbers });
    const again = await sync(owner, { key, phoneNumbers });

    expect(first.json().data).toMatchObject({
      duplicates: 2,
      matched_contacts: 1,
      rejected: [{ index: 0 }, { index: 11 }],
      repeated: [
        { index: 10, repeats: 4 },
        { index: 12, repeats: 8 },
      ],
      matches: [
        { index: 8, indexes: [8, 12], phone_hash: hashOf(7), user_id: friend, silent: false },
      ],
      performance_estimate: { estimated_batches: 1 },
    });
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body).toBe(first.body);
  });

  test("names in it only whom the directory confirms now", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const [left, erased, moved, stays, joins] = Array.from({ length: 5 }, () => randomUUID());
    await link(left as string, numberOf(1));
    await link(erased as string, numberOf(2));
    await link(moved as string, numberOf(3));
    await link(stays as string, numberOf(4));
    const first = await sync(owner, { key, phoneNumbers: numbers(6) });
    expect(first.json().data.matched_contacts).toBe(4);

    const service = { token: await app().serviceToken() };
    await app().request({
      ...service,
      method: "DELETE",
      url: `/api/v1/users/${left}/phones`,
      body: { phoneNumber: numberOf(1) },
    });
    await app().request({ ...service, method: "DELETE", url: `/api/v1/users/${erased}` });
    await link(joins as string, numberOf(3));
    await link(joins as string, numberOf(5));

    const again = await sync(owner, { key, phoneNumbers: numbers(6) });
    const { matches, ...figures } = again.json().data;
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(matches).toEqual([
      { index: 3, indexes: [3], phone_hash: hashOf(3), user_id: joins, silent: false },
      { index: 4, indexes: [4], phone_hash: hashOf(4), user_id: stays, silent: false },
      { index: 5, indexes: [5], phone_hash: hashOf(5), user_id: joins, silent: false },
    ]);
    const { matches: _, ...then } = first.json().data;
    expect(figures).toEqual({ ...then, matched_contacts: 3 });
    for (const gone of [left, erased, moved]) expect(again.body).not.toContain(gone);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("keeps some hundred bytes of an answer, however long it is", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), randomUUID()];
    const phoneNumbers = [...numbers(2_400, 5_000), ...Array.from({ length: 100 }, () => "?")];
    await linkMany(
      app().engine,
      phoneNumbers.slice(0, 2_400).map((phoneNumber) => ({ userId: friend, phoneNumber })),
    );
    const first = await sync(owner, { key, phoneNumbers });
    expect(first.json().data).toMatchObject({ matched_contacts: 2_400 });
    expect(first.json().data.rejected).toHaveLength(100);
    expect(first.rawPayload.length).toBeGreaterThan(200_000);

    const { rows } = await execute(
      "select pg_column_size(a.*) as bytes from contact_sync_answers a where owner_id = $1",
      owner,
    );
    expect(rows[0].bytes).toBeLessThan(1_000);
    expect((await sync(owner, { key, phoneNumbers })).body).toBe(first.body);
  });

  test("does so for a JSON bulk insert, too", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const first = await bulkInsert(owner, key);
    const again = await bulkInsert(owner, key);
    expect(first.json().data.contacts_inserted).toBe(1);
    expect(again.body).toBe(first.body);
    expect(codeOf(await bulkInsert(owner, key, 2))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  });

  test("is not needed: without one a repeated request is worked on again", async () => {
    const owner = randomUUID();
    await sync(owner);
    expect((await sync(owner)).json().data.contacts_unchanged).toBe(3);
    expect(await syncsOf(owner)).toBe(2);
  });

  test("turns a second request away while the first is at work", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const held = await holdOwner(database(), owner);
    const first = sync(owner, { key });
    await held.untilAwaited();

    const second = await sync(owner, { key });
    expect(codeOf(second)).toEqual([409, "IDEMPOTENCY_KEY_IN_USE"]);
    const { retry_after_seconds } = second.json().details;
    expect(retry_after_seconds).toBeGreaterThan(0);
    expect(retry_after_seconds).toBeLessThanOrEqual(5);
    expect(second.headers["retry-after"]).toBe(String(retry_after_seconds));
    await held.release();
    expect((await first).statusCode).toBe(200);
    expect((await sync(owner, { key })).body).toBe((await first).body);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("lets one of many requests at once do the work", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const all = await Promise.all(Array.from({ length: 12 }, () => sync(owner, { key })));
    const answered = all.filter(({ statusCode }) => statusCode === 200);
    expect(answered.length).toBeGreaterThan(0);
    expect(new Set(answered.map(({ body }) => body)).size).toBe(1);
    expect(all.filter(({ statusCode }) => statusCode === 409).length).toBe(12 - answered.length);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("belongs to one body", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await sync(owner, { key });
    const other = await sync(owner, { key, phoneNumbers: numbers(4) });
    expect(codeOf(other)).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    expect((await sync(owner, { key })).statusCode).toBe(200);
    expect(await syncsOf(owner)).toBe(1);
  });

  test("belongs to one caller and one route", async () => {
    const [alice, bob, key] = [randomUUID(), randomUUID(), randomUUID()];
    const ofAlice = await sync(alice, { key });
    const ofBob = await sync(bob, { key, phoneNumbers: numbers(1) });
    const ofService = await bulkInsert(alice, key);
    for (const answer of [ofAlice, ofBob, ofService]) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["idempotency-replayed"]).toBeUndefined();
    }
  });

  test("is free again at once when its request was refused", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const refused = await app().request({
      method: "POST",
      url: SYNC,
      token: await app().userToken(owner),
      body: { phoneHashes: ["no hash"], deviceContactsCount: 1 },
      headers: { "idempotency-key": key },
    });
    expect(codeOf(refused)).toEqual([400, "INVALID_PHONE_HASH"]);
    const corrected = await sync(owner, { key });
    expect(corrected.statusCode).toBe(200);
    expect(corrected.headers["idempotency-replayed"]).toBeUndefined();
  });

  test("is forgotten after a day, and then pruned", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const age = (interval: string) =>
      execute(
        "update contact_sync_answers set created_at = now() - $2::interval where owner_id = $1",
        owner,
        interval,
      );
    const kept = async () =>
      (await execute("select from contact_sync_answers where owner_id = $1", owner)).rows.length;
    await sync(owner, { key });
    await age("23 h 59 min");
    expect((await sync(owner, { key })).headers["idempotency-replayed"]).toBe("true");
    await execute("select clean_up_contact_sync()");
    expect(await kept()).toBe(1);

    await age("24 h 1 min");
    const later = await sync(owner, { key, phoneNumbers: numbers(4) });
    expect(later.statusCode).toBe(200);
    expect(later.headers["idempotency-replayed"]).toBeUndefined();
    await age("24 h 1 min");
    await execute("select clean_up_contact_sync()");
    expect(await kept()).toBe(0);
  });

  test("and its answer are erased with the user", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    await sync(owner, { key });
    await app().request({
      method: "DELETE",
      url: `/api/v1/users/${owner}`,
      token: await app().serviceToken(),
    });
    const { rows } = await execute("select from contact_sync_answers where owner_id = $1", owner);
    expect(rows).toEqual([]);
  });

  test("leaves nothing in the table that could be read", async () => {
    const [owner, friend, key] = [randomUUID(), randomUUID(), `key-of-${numberOf(0)}`];
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${friend}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber: numberOf(0) },
    });
    const answer = await sync(owner, { key });
    expect(answer.json().data.matches).toMatchObject([{ user_id: friend }]);

    const { rows } = await execute(
      `select a.*, encode(answer, 'escape') as text, encode(answer, 'hex') as hex
         from contact_sync_answers a where owner_id = $1`,
      owner,
    );
    expect(rows).toHaveLength(1);
    const row = JSON.stringify(rows[0]);
    const secrets = [numberOf(0), numberOf(0).slice(1), hashOf(0), friend, key, "phone_hash"];
    for (const secret of secrets) {
      expect(row).not.toContain(secret);
      expect(rows[0].hex).not.toContain(Buffer.from(secret).toString("hex"));
    }
    expect(rows[0].key_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(rows[0].fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("of another form is refused, and nothing is done", async () => {
    const owner = randomUUID();
    for (const key of ["", "with space", "x".repeat(256), "é"]) {
      expect(codeOf(await sync(owner, { key }))).toEqual([400, "INVALID_REQUEST"]);
    }
    expect(await syncsOf(owner)).toBe(0);
    expect((await sync(owner, { key: "x".repeat(255) })).statusCode).toBe(200);
  });

  test("is no matter on a streamed body", async () => {
    const [owner, key] = [randomUUID(), randomUUID()];
    const stream = async () =>
      app().request({
        method: "POST",
        url: BULK_INSERT,
        token: await app().serviceToken(),
        body: `${JSON.stringify({ owner_id: owner, phone_hash: hashOf(1) })}\n`,
        headers: { "content-type": "application/x-ndjson", "idempotency-key": key },
      });
    const [first, again] = [await stream(), await stream()];
    expect(lastLine(first).data.contacts_inserted).toBe(1);
    expect(lastLine(again).data.contacts_unchanged).toBe(1);
  });
});

function lastLine({ body }: { readonly body: string }) {
  return JSON.parse(body.trimEnd().split("\n").at(-1) ?? "");
}
