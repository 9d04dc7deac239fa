import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { type Answer, type Request, SERVICE_KEY, useApp } from "./support.ts";

const CONTACTS = "/api/v1/contacts";

// One user has a book; another user, who holds nothing, tries everything that could name the first.
describePostgres("another owner's data", (server) => {
  const app = useApp(server);
  const [owner, stranger] = [randomUUID(), randomUUID()];
  let tokens: { owner: string; stranger: string };

  const ask = (request: Omit<Request, "token">) =>
    app().request({ ...request, token: tokens.stranger });
  const book = () => app().request({ method: "GET", url: CONTACTS, token: tokens.owner });
  let before: Answer;

  beforeAll(async () => {
    tokens = { owner: await app().userToken(owner), stranger: await app().userToken(stranger) };
    const body = { phoneNumbers: numbers(3), deviceContactsCount: 3 };
    await app().request({ method: "POST", url: `${CONTACTS}/sync`, token: tokens.owner, body });
    before = await book();
    expect(before.json().data.contacts).toHaveLength(3);
  });

  test.each([
    "owner_id",
    "ownerId",
    "userId",
    "user_id",
    "sub",
    "owner",
  ])("is not reached by a query's %s", async (name) => {
    for (const path of ["", "/summary", "/sync/status", "/sync/statistics"]) {
      const answer = await ask({ method: "GET", url: `${CONTACTS}${path}?${name}=${owner}` });
      expect(answer.statusCode === 400 || !holdsSomething(answer), path).toBe(true);
    }
  });

  test.each([
    "owner_id",
    "ownerId",
    "userId",
    "p_owner_id",
    "role",
  ])("is not reached by a body's %s", async (name) => {
    const body = { phoneNumbers: [], deviceContactsCount: 0, mode: "replace", [name]: owner };
    const answer = await ask({ method: "POST", url: `${CONTACTS}/sync`, body });
    expect(answer.statusCode).toBe(400);
  });

  test.each([
    "x-user-id",
    "x-owner-id",
    "x-forwarded-user",
    "x-role",
    "apikey",
    "x-http-method-override",
  ])("is not reached by the header %s", async (name) => {
    const value = name === "apikey" ? SERVICE_KEY : owner;
    const answer = await ask({ method: "GET", url: CONTACTS, headers: { [name]: value } });
    expect(answer.json().data.contacts).toEqual([]);
  });

  test("is not found by a contact's path", async () => {
    const hash = hashOf(0);
    for (const [method, suffix] of [
      ["PUT", "/favorite"],
      ["DELETE", "/favorite"],
      ["POST", "/interaction"],
      ["DELETE", ""],
    ] as const) {
      const answer = await ask({ method, url: `${CONTACTS}/${hash}${suffix}` });
      expect(answer.json(), method).toMatchObject({ code: "CONTACT_NOT_FOUND", status: 404 });
    }
  });

  test("is not listed by the owner's cursor", async () => {
    const url = `${CONTACTS}?limit=1`;
    const page = await app().request({ method: "GET", url, token: tokens.owner });
    const answer = await ask({
      method: "GET",
      url: `${url}&cursor=${page.json().data.next_cursor}`,
    });
    expect(answer.json()).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("is not counted in a user's statistics, but in the back end's", async () => {
    const url = `${CONTACTS}/sync/statistics`;
    const own = await ask({ method: "GET", url });
    expect(own.json().data.totals.total_syncs).toBe(0);
    const all = await app().request({ method: "GET", url, token: SERVICE_KEY });
    expect(all.json().data.totals.total_syncs).toBe(1);
  });

  test("is not answered by the owner's idempotency key", async () => {
    const request = {
      method: "POST" as const,
      url: `${CONTACTS}/sync`,
      body: { phoneNumbers: [], deviceContactsCount: 7 },
      headers: { "idempotency-key": "the-same" },
    };
    await app().request({ ...request, token: tokens.owner });
    const answer = await ask(request);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).not.toHaveProperty("idempotency-replayed");
  });

  test("is not deleted with one's own, and is as it was", async () => {
    const answer = await ask({ method: "DELETE", url: CONTACTS });
    expect(answer.json().data).toEqual({ contacts_deleted: 0 });
    expect((await book()).json()).toEqual(before.json());
  });
});

function holdsSomething(answer: Answer): boolean {
  const { contacts = [], contacts_count = 0, totals } = answer.json().data;
  return contacts.length > 0 || contacts_count > 0 || (totals?.total_syncs ?? 0) > 0;
}
