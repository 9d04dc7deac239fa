import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

describePostgres("GET /contacts", (server) => {
  const app = useApp(server);
  const [owner, friend] = [randomUUID(), randomUUID()];
  const list = async (query = "", userId: string = owner) =>
    app().request({
      method: "GET",
      url: `/api/v1/contacts${query}`,
      token: await app().userToken(userId),
    });
  const hashesOf = (page: { contacts: { phone_hash: string }[] }) =>
    page.contacts.map(({ phone_hash }) => phone_hash);

  beforeAll(async () => {
    const token = await app().userToken(owner);
    const url = `/api/v1/users/${friend}/phones`;
    await app().request({ method: "PUT", url, token: SERVICE_KEY, body: { phoneHash: hashOf(1) } });
    const body = { phoneNumbers: numbers(250), deviceContactsCount: 250 };
    await app().request({ method: "POST", url: "/api/v1/contacts/sync", token, body });
    const favorite = `/api/v1/contacts/${hashOf(2)}/favorite`;
    await app().request({ method: "PUT", url: favorite, token });
  });

  test("is empty for somebody without a book", async () => {
    const { success, data } = (await list("", randomUUID())).json();
    expect({ success, data }).toEqual({ success: true, data: { contacts: [], next_cursor: null } });
  });

  test("shows 100 contacts, and every contact once over all pages", async () => {
    const seen: string[] = [];
    let query = "";
    do {
      const { data } = (await list(query)).json();
      expect(data.contacts.length).toBeLessThanOrEqual(100);
      seen.push(...hashesOf(data));
      query = data.next_cursor === null ? "" : `?cursor=${encodeURIComponent(data.next_cursor)}`;
    } while (query !== "");
    expect(seen.sort()).toEqual(Array.from({ length: 250 }, (_, n) => hashOf(n)).sort());
  });

  test("filters by account and by favourite", async () => {
    const linked = (await list("?linked=true")).json().data;
    expect(linked.contacts).toEqual([
      {
        owner_id: owner,
        phone_hash: hashOf(1),
        linked_user_id: friend,
        is_favorite: false,
        last_interaction: null,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        updated_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    expect(hashesOf((await list("?favorites=true")).json().data)).toEqual([hashOf(2)]);
    expect((await list("?linked=true&favorites=true")).json().data.contacts).toEqual([]);
  });

  test.each([1, 250, 251, 1000])("takes the limit %i", async (limit) => {
    const { data } = (await list(`?limit=${limit}`)).json();
    expect(data.contacts).toHaveLength(Math.min(limit, 250));
    expect(data.next_cursor === null).toBe(limit > 250);
  });

  test.each([
    ["?limit=0", "INVALID_REQUEST"],
    ["?limit=1001", "INVALID_REQUEST"],
    ["?limit=ten", "INVALID_REQUEST"],
    ["?linked=yes", "INVALID_REQUEST"],
    ["?order=asc", "INVALID_REQUEST"],
    ["?cursor=", "INVALID_ARGUMENT"],
    ["?cursor=AAAA", "INVALID_ARGUMENT"],
    [`?cursor=${"A".repeat(201)}`, "INVALID_REQUEST"],
  ])("refuses %s", async (query, code) => {
    expect((await list(query)).json()).toMatchObject({ success: false, code, status: 400 });
  });
});
