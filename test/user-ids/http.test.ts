import { applyToDigest, digestOf } from "@contact-sync/client";
import { type JWTPayload, SignJWT } from "jose";
import { afterEach, expect, test } from "vitest";
import { type Answer, JWT_SECRET, type Request, useApp } from "../http/support.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { ALL_IDS, IDS, uuidsIn } from "./ids.ts";

const secret = new TextEncoder().encode(JWT_SECRET);

describePostgres("the service with users whom the app calls by texts", (server) => {
  const opened = useApp(server, { userIds: "text" });
  const answers: string[] = [];

  const send = async (request: Request): Promise<Answer> => {
    const answer = await opened().request(request);
    answers.push(answer.body);
    return answer;
  };
  const data = async (request: Request) => {
    const answer = await send(request);
    expect([request.url, answer.statusCode, answer.body]).toEqual([
      request.url,
      200,
      expect.any(String),
    ]);
    return answer.json().data;
  };
  const as = (sub: unknown) =>
    new SignJWT({
      role: "authenticated",
      exp: Math.floor(Date.now() / 1000) + 600,
      sub,
    } as JWTPayload)
      .setProtectedHeader({ alg: "HS256" })
      .sign(secret);
  const backEnd = () => opened().serviceToken();
  const at = (user: string) => `/api/v1/users/${encodeURIComponent(user)}`;

  afterEach(async () => {
    const { rows } = await opened().pool.query("select user_id from contact_sync_users");
    const ours = new Set(rows.map((row) => row.user_id));
    for (const answer of answers.splice(0)) {
      expect(uuidsIn(answer).filter((uuid) => ours.has(uuid))).toEqual([]);
    }
  });

  const pairs = ALL_IDS.map((owner, place) => ({
    owner,
    friend: ALL_IDS.at(place - 1) as string,
    n: 100 + place,
  }));

  test.each(pairs)("serves $owner", async ({ owner, friend, n }) => {
    const [token, service] = [await as(owner), await backEnd()];
    const link = {
      method: "PUT",
      url: `${at(friend)}/phones`,
      token: service,
      body: { phoneNumber: numberOf(n) },
    } as const;
    expect(await data(link)).toMatchObject({ changed: true });
    const body = {
      phoneHashes: [hashOf(n), hashOf(n + 50)],
      deviceContactsCount: 2,
      deviceId: "d",
      mode: "replace",
    };
    const key = { "idempotency-key": `of ${n}`.replace(" ", "-") };
    const sync = {
      method: "POST",
      url: "/api/v1/contacts/sync",
      token,
      body,
      headers: key,
    } as const;
    const first = await data(sync);
    expect(first.matches).toMatchObject([{ user_id: friend }]);
    expect(await data(sync)).toMatchObject({ matches: [{ user_id: friend }] });
    const digest = digestOf(body.phoneHashes);
    const more = hashOf(n + 60);
    const delta = {
      syncToken: first.sync_token,
      digest: applyToDigest(digest, { added: [more] }),
      added: [more],
      removed: [],
    };
    expect(
      await data({ method: "POST", url: "/api/v1/contacts/sync/delta", token, body: delta }),
    ).toMatchObject({ contacts_inserted: 1 });
    const { contacts } = await data({ method: "GET", url: "/api/v1/contacts", token });
    expect(new Set(contacts.map((contact: { owner_id: string }) => contact.owner_id))).toEqual(
      new Set([owner]),
    );
    const linked = await data({ method: "GET", url: "/api/v1/contacts?linked=true", token });
    expect(linked.contacts).toMatchObject([{ linked_user_id: friend }]);
    const changes = await data({ method: "GET", url: "/api/v1/contacts/changes", token });
    expect(changes.changes).toEqual([]);
    const favorite = {
      method: "PUT",
      url: `/api/v1/contacts/${hashOf(n)}/favorite`,
      token,
    } as const;
    expect(await data(favorite)).toMatchObject({ owner_id: owner, linked_user_id: friend });
    expect(await data({ method: "GET", url: "/api/v1/contacts/sync/status", token })).toMatchObject(
      { contacts_count: 3 },
    );
    expect(
      await data({ method: "GET", url: "/api/v1/contacts/sync/statistics", token }),
    ).toMatchObject({ totals: { total_syncs: 2 } });
    expect(await data({ method: "GET", url: "/api/v1/contacts/devices", token })).toMatchObject({
      devices: [{ device_id: "d" }],
    });
    const block = {
      method: "PUT",
      url: `/api/v1/me/blocks/${encodeURIComponent(friend)}`,
      token,
    } as const;
    expect(await data(block)).toEqual({ changed: true });
    expect(await data({ method: "GET", url: "/api/v1/me/blocks", token })).toMatchObject({
      blocks: [{ user_id: friend }],
    });
    expect(await data({ ...block, method: "DELETE" })).toEqual({ changed: true });
    const own = await send({ method: "GET", url: "/api/v1/me/export", token });
    expect(own.json().data).toMatchObject({ user_id: owner });
    expect(
      (await send({ method: "GET", url: `${at(owner)}/export`, token: service })).json().data,
    ).toMatchObject({ user_id: owner });
    const bulk = {
      contacts: [{ owner_id: owner, phone_hash: hashOf(n + 70), linked_user_id: friend }],
    };
    expect(
      await data({
        method: "POST",
        url: "/api/v1/contacts/bulk-insert",
        token: service,
        body: bulk,
      }),
    ).toMatchObject({ matched_contacts: 1 });
    const lines = await send({
      method: "POST",
      url: "/api/v1/contacts/bulk-insert",
      token: service,
      body: JSON.stringify({ owner_id: owner, phone_hash: hashOf(n + 80) }),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(lines.body).toContain('"contacts_inserted":1');
    await opened().pool.query(
      "update contact_sync_status set held_at = now(), held_suspicion = 80 where owner_id = find_user($1)",
      [owner],
    );
    const { suspects } = await data({
      method: "GET",
      url: "/api/v1/admin/suspects",
      token: service,
    });
    expect(suspects).toMatchObject([{ owner_id: owner }]);
    const release = `/api/v1/admin/suspects/${encodeURIComponent(owner)}/release`;
    expect(await data({ method: "POST", url: release, token: service })).toEqual({
      released: true,
    });
    expect(await data({ ...link, method: "DELETE" })).toMatchObject({ changed: true });
  });

  test("erases by the same id, and takes a number in a claim for its digits", async () => {
    expect(
      await data({ method: "GET", url: "/api/v1/contacts/sync/status", token: await as(42) }),
    ).toMatchObject({ sync_status: "completed" });
    const erased = await data({ method: "DELETE", url: at(IDS.slashes), token: await backEnd() });
    expect(erased.contacts_deleted).toBeGreaterThan(0);
    const { rows } = await opened().pool.query("select find_user($1) as id", [IDS.slashes]);
    expect(rows).toEqual([{ id: null }]);
  });

  test("refuses what is no id, with what one is", async () => {
    const service = await backEnd();
    for (const id of ["🧕".repeat(256), "a\0b"]) {
      const answer = await send({ method: "DELETE", url: at(id), token: service });
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({
        code: "INVALID_REQUEST",
        detail:
          "/params/userId must be a text of 1 to 255 characters, none of them NUL or half a surrogate pair",
      });
    }
    for (const sub of ["", "x".repeat(256), 1.5, 2 ** 53, null, undefined, { a: 1 }]) {
      const answer = await send({ method: "GET", url: "/api/v1/contacts", token: await as(sub) });
      expect([sub, answer.statusCode]).toEqual([sub, 401]);
      expect(answer.json().detail).toMatch(/or a whole number below 2\^53$/);
    }
  });

  test("says of a path that no id can be read from what to do, and not what it is", async () => {
    for (const [id, detail] of [
      ["100%", "the path is not percent-encoded UTF-8 (a % that stands for itself is %25)"],
      ["%ff", "the path is not percent-encoded UTF-8 (a % that stands for itself is %25)"],
      ["🧕".repeat(2000), "a part of the path is too long to be an id"],
    ]) {
      const url = `/api/v1/users/${id}`;
      const answer = await send({ method: "DELETE", url, token: await backEnd() });
      expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", status: 400, detail });
    }
  });

  test("the document says that ids are texts", async () => {
    const document = (await opened().request({ method: "GET", url: "/openapi.json" })).json();
    const { parameters } = document.paths["/api/v1/users/{userId}"].delete;
    expect(parameters).toMatchObject([
      { name: "userId", schema: { type: "string", minLength: 1, maxLength: 255 } },
    ]);
    expect(JSON.stringify(document)).not.toContain('userId":true');
    // Ids of the service's own, the items being messages.
    const names = JSON.stringify(document, (name, value) =>
      value?.description === "A UUID." ? { uuidOf: name } : value,
    );
    expect(new Set(names.match(/(?<="uuidOf":")\w+/g))).toEqual(
      new Set(["session_id", "message_id", "items"]),
    );
  });
});
