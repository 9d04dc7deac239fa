// What docs/protocol.md promises to whoever writes a client from it, as far as no other test holds it.
import { randomUUID } from "node:crypto";
import { applyToDigest, digestOf, EMPTY_DIGEST } from "@contact-sync/client";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { type Answer, useApp } from "./support.ts";

const hashes = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => hashOf(from + n));
const dataOf = (answer: Answer) => {
  expect(answer.json()).toMatchObject({ success: true });
  return answer.json().data;
};
const namedBy = (matches: { phone_hash: string }[]) =>
  matches.map(({ phone_hash }) => phone_hash).sort();

describePostgres("the promises of docs/protocol.md", (server) => {
  const app = useApp(server);

  async function open() {
    const { ask } = await openBook(app(), 0);
    const sync = (phoneHashes: string[], more: object = {}) =>
      ask("POST", "/contacts/sync", { phoneHashes, deviceContactsCount: 0, ...more });
    const replace = async (phoneHashes: string[], deviceId = "phone-1") =>
      dataOf(await sync(phoneHashes, { mode: "replace", deviceId }));
    const delta = (syncToken: string, digest: string, lists: object = {}) =>
      ask("POST", "/contacts/sync/delta", { syncToken, digest, added: [], removed: [], ...lists });
    const held = async () => namedBy(dataOf(await ask("GET", "/contacts?limit=1000")).contacts);
    return { ask, sync, replace, delta, held };
  }

  async function link(n: number) {
    const answer = await app().request({
      method: "PUT",
      url: `/api/v1/users/${randomUUID()}/phones`,
      token: await app().serviceToken(),
      body: { phoneHash: hashOf(n) },
    });
    expect(answer.statusCode).toBe(200);
  }

  test("a merge's matches are of what was sent, its token is of the union", async () => {
    const { sync, replace, delta } = await open();
    await link(0);
    await link(10);
    await replace(hashes(3));
    await link(1);
    const merged = dataOf(await sync(hashes(2, 10), { mode: "merge", deviceId: "phone-1" }));
    expect(namedBy(merged.matches)).toEqual([hashOf(10)]);
    const union = digestOf([...hashes(3), ...hashes(2, 10)]);
    expect((await delta(merged.sync_token, digestOf(hashes(2, 10)))).json().code).toBe(
      "SYNC_DIGEST_MISMATCH",
    );
    // That 1 was linked before the merge is told by the next delta, which tells of all.
    const next = dataOf(await delta(merged.sync_token, union));
    expect(next.changes_reset).toBe(true);
    expect(namedBy(next.changes).toSorted()).toEqual([hashOf(0), hashOf(1), hashOf(10)].toSorted());
  });

  test("a session of mode merge, too; its digest is of the parts", async () => {
    const { ask, replace, delta } = await open();
    await link(20);
    await replace(hashes(3));
    const begun = { deviceId: "phone-1", mode: "merge", deviceContactsCount: 5 };
    const { session_id } = dataOf(await ask("POST", "/contacts/sync/sessions", begun));
    const of = `/contacts/sync/sessions/${session_id}`;
    await ask("PUT", `${of}/parts/0`, { phoneHashes: hashes(2, 20) });
    const wrong = await ask("POST", `${of}/commit`, { parts: 1, digest: EMPTY_DIGEST });
    expect(wrong.json().code).toBe("SYNC_DIGEST_MISMATCH");
    // Its cure: the parts again, in the same session.
    await ask("PUT", `${of}/parts/0`, { phoneHashes: hashes(2, 20) });
    const committed = { parts: 1, digest: digestOf(hashes(2, 20)) };
    const { matches, sync_token } = dataOf(await ask("POST", `${of}/commit`, committed));
    expect(namedBy(matches)).toEqual([hashOf(20)]);
    dataOf(await delta(sync_token, digestOf([...hashes(3), ...hashes(2, 20)])));
  });

  test("what was sent without a device goes by hand, after the delta", async () => {
    const { ask, sync, replace, delta, held } = await open();
    dataOf(await sync(hashes(5)));
    const first = await replace(hashes(4));
    expect(await held()).toHaveLength(5);
    // In the partial list and not in the set.
    expect(dataOf(await ask("DELETE", `/contacts/${hashOf(4)}`))).toEqual({ contacts_deleted: 1 });
    const digest = digestOf(hashes(3));
    const { sync_token } = dataOf(await delta(first.sync_token, digest, { removed: [hashOf(3)] }));
    expect(await held()).toContain(hashOf(3));
    const gone = { phoneHashes: [hashOf(3), hashOf(4)] };
    expect(dataOf(await ask("POST", "/contacts/delete", gone))).toEqual({ contacts_deleted: 1 });
    const { sync_token: next } = dataOf(await delta(sync_token, digest));
    expect(await held()).toEqual(hashes(3).sort());
    expect((await ask("DELETE", `/contacts/${hashOf(3)}`)).json().code).toBe("CONTACT_NOT_FOUND");

    dataOf(await ask("DELETE", "/contacts/devices/phone-1"));
    expect(await held()).toHaveLength(3);
    const again = await replace(hashes(3));
    dataOf(await ask("DELETE", `/contacts/${hashOf(2)}`));
    const before = await delta(again.sync_token, digestOf(hashes(2)), { removed: [hashOf(2)] });
    expect(before.json().code).toBe("SYNC_TOKEN_EXPIRED");
    expect((await delta(next, digest)).json().code).toBe("SYNC_TOKEN_EXPIRED");
  });

  test("an emptied book has its devices, whose full syncs bring back what they have", async () => {
    const { ask, sync, replace, delta, held } = await open();
    dataOf(await sync(hashes(5)));
    const { sync_token } = await replace(hashes(3));
    expect(dataOf(await ask("DELETE", "/contacts"))).toEqual({ contacts_deleted: 5 });
    const { devices } = dataOf(await ask("GET", "/contacts/devices"));
    expect(devices).toMatchObject([{ device_id: "phone-1", contacts_count: 0 }]);
    expect((await delta(sync_token, digestOf(hashes(3)))).json().code).toBe("SYNC_TOKEN_EXPIRED");
    await replace(hashes(3));
    await replace(hashes(2));
    expect(await held()).toEqual(hashes(2).sort());
  });

  test("who does not confirm a removal is told of links by empty deltas, and may add", async () => {
    const { replace, delta, held } = await open();
    const { sync_token } = await replace(hashes(4));
    const kept = digestOf(hashes(4));
    await link(2);
    const removed = hashes(3);
    const refused = await delta(sync_token, digestOf([hashOf(3)]), { removed });
    expect(refused.json().code).toBe("REPLACE_NEEDS_CONFIRMATION");
    const told = dataOf(await delta(sync_token, kept));
    expect(namedBy(told.changes)).toEqual([hashOf(2)]);
    const wider = applyToDigest(kept, { added: [hashOf(9)] });
    dataOf(await delta(told.sync_token, wider, { added: [hashOf(9)] }));
    expect(await held()).toHaveLength(5);
  });

  test("matches of a replace are of the device's set alone", async () => {
    const { replace } = await open();
    await link(30);
    await replace([hashOf(30)], "tablet");
    expect((await replace(hashes(2, 31))).matches).toEqual([]);
  });

  test("numbers with a deviceId have a token", async () => {
    const { ask } = await open();
    const body = { phoneNumbers: numbers(2), deviceContactsCount: 2, deviceId: "phone-1" };
    expect(dataOf(await ask("POST", "/contacts/sync", body)).sync_token).toMatch(/./);
  });

  test("a token that is too long is 400, any other text 409", async () => {
    const { delta } = await open();
    expect((await delta("a".repeat(1_025), EMPTY_DIGEST)).statusCode).toBe(400);
    for (const token of ["", "garbage", "a".repeat(1_024)]) {
      expect((await delta(token, EMPTY_DIGEST)).json()).toMatchObject({
        status: 409,
        code: "SYNC_TOKEN_EXPIRED",
      });
    }
  });

  const SYNC = { phoneHashes: [], deviceContactsCount: 0 };
  const DELTA = { syncToken: "x", digest: EMPTY_DIGEST, added: [], removed: [] };
  const SESSION = { deviceId: "phone-1", deviceContactsCount: 0 };
  const without = (body: object, field: string) => ({ ...body, [field]: undefined });
  test.each<[string, object | undefined]>([
    ["/contacts/sync", without(SYNC, "deviceContactsCount")],
    ["/contacts/sync", without(SYNC, "phoneHashes")],
    ["/contacts/sync", { ...SYNC, phoneNumbers: [] }],
    ["/contacts/sync", { ...SYNC, deviceId: null }],
    ["/contacts/sync", { ...SYNC, mode: null }],
    ["/contacts/sync", { ...SYNC, deviceContactsCount: "0" }],
    ["/contacts/sync", { ...SYNC, name: "x" }],
    ...["syncToken", "digest", "added", "removed"].map((field): [string, object] => [
      "/contacts/sync/delta",
      without(DELTA, field),
    ]),
    ["/contacts/sync/delta", { ...DELTA, confirmRemoval: null }],
    ["/contacts/sync/sessions", without(SESSION, "deviceContactsCount")],
    ["/contacts/sync/sessions", without(SESSION, "deviceId")],
    ["/contacts/changes?since=", undefined],
    ["/contacts/changes?from=1", undefined],
    ["/contacts?page=1", undefined],
  ])("%s is strict: %j", async (path, body) => {
    const { ask } = await open();
    expect((await ask(body === undefined ? "GET" : "POST", path, body)).statusCode).toBe(400);
  });
});
