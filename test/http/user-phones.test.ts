import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { type Book, openBook } from "./book.ts";
import { type Request, SERVICE_KEY, useApp } from "./support.ts";

describePostgres("PUT and DELETE /users/{userId}/phones", (server) => {
  const app = useApp(server);
  let holder: Book;
  const ask = (method: Request["method"], userId: string, body?: unknown) =>
    app().request({ method, url: `/api/v1/users/${userId}/phones`, token: SERVICE_KEY, body });
  const changed = async (...given: Parameters<typeof ask>) =>
    (await ask(...given)).json().data.changed;
  const linkOf = async (n: number) => {
    const { contacts } = (await holder.ask("GET", "/contacts")).json().data;
    return contacts.find((one: { phone_hash: string }) => one.phone_hash === hashOf(n))
      .linked_user_id;
  };

  beforeAll(async () => {
    holder = await openBook(app(), 6);
  });

  test("link and unlink a number, by itself or by its hash, for all who hold it", async () => {
    const userId = randomUUID();
    const linked = await ask("PUT", userId, { phoneNumber: numberOf(0) });
    expect(linked.json()).toEqual({ success: true, data: { changed: true } });
    expect(await linkOf(0)).toBe(userId);
    expect(await changed("DELETE", userId, { phoneHash: hashOf(0) })).toBe(true);
    expect(await changed("DELETE", userId, { phoneHash: hashOf(0) })).toBe(false);
    expect(await linkOf(0)).toBe(null);
  });

  test("a newer verification takes the number over, an older one is refused with 409", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const at = (verifiedAt: string) => ({ phoneNumber: numberOf(1), verifiedAt });
    await ask("PUT", first, at("2026-02-01T00:00:00Z"));
    const refused = await ask("PUT", second, at("2026-01-31T00:00:00Z"));
    expect(refused.json()).toMatchObject({ code: "VERIFICATION_OUTDATED", status: 409 });
    expect(await changed("PUT", first, at("2026-02-01T00:00:00Z"))).toBe(false);
    expect(await changed("PUT", second, at("2026-02-02T00:00:00Z"))).toBe(true);
    expect(await linkOf(1)).toBe(second);
  });

  test("nobody unlinks what belongs to somebody else", async () => {
    const userId = randomUUID();
    await ask("PUT", userId, { phoneNumber: numberOf(2) });
    expect(await changed("DELETE", randomUUID(), { phoneNumber: numberOf(2) })).toBe(false);
    expect(await linkOf(2)).toBe(userId);
  });

  test("read a national number where they are told the region", async () => {
    const body = { phoneNumber: numberOf(3).replace("+20", "0") };
    const refused = (await ask("PUT", randomUUID(), body)).json();
    expect(refused).toMatchObject({
      code: "INVALID_PHONE_NUMBER",
      status: 400,
      details: { reason: "NO_COUNTRY_CODE" },
    });
    const userId = randomUUID();
    expect(await changed("PUT", userId, { ...body, defaultRegion: "EG" })).toBe(true);
    expect(await linkOf(3)).toBe(userId);
  });

  test.each<[string, unknown, string]>([
    ["neither number nor hash", {}, "INVALID_REQUEST"],
    ["both", { phoneNumber: numberOf(4), phoneHash: hashOf(4) }, "INVALID_REQUEST"],
    ["no body", undefined, "INVALID_REQUEST"],
    ["no number", { phoneNumber: "me" }, "INVALID_PHONE_NUMBER"],
    ["half a hash", { phoneHash: hashOf(4).slice(1) }, "INVALID_REQUEST"],
    ["a number that is one", { phoneNumber: 201001234567 }, "INVALID_REQUEST"],
    ["an unknown region", { phoneNumber: "0100", defaultRegion: "ZZ" }, "INVALID_REGION"],
    ["a further field", { phoneHash: hashOf(4), userId: randomUUID() }, "INVALID_REQUEST"],
  ])("refuse %s", async (_what, body, code) => {
    for (const method of ["PUT", "DELETE"] as const) {
      const answer = await ask(method, randomUUID(), body);
      expect(answer.json(), method).toMatchObject({ success: false, code, status: 400 });
    }
  });

  test("refuse a time that is none, and a user that is no UUID", async () => {
    const phoneHash = hashOf(4);
    for (const [verifiedAt, code] of [
      ["soon", "INVALID_REQUEST"],
      ["2026-13-01", "INVALID_ARGUMENT"],
    ]) {
      const answer = await ask("PUT", randomUUID(), { phoneHash, verifiedAt });
      expect(answer.json()).toMatchObject({ code, status: 400 });
    }
    const answer = await ask("PUT", "somebody", { phoneHash });
    expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", pointer: "/params/userId" });
  });
});
