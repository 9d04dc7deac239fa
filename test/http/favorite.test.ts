import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

describePostgres("PUT and DELETE /contacts/{phoneHash}/favorite", (server) => {
  const app = useApp(server);

  test("mark and unmark, however often, and answer the contact", async () => {
    const { ask, userId } = await openBook(app(), 2);
    for (const [method, isFavorite] of [
      ["PUT", true],
      ["PUT", true],
      ["DELETE", false],
      ["DELETE", false],
    ] as const) {
      const answer = await ask(method, `/contacts/${hashOf(1)}/favorite`);
      expect(answer.json()).toEqual({
        success: true,
        data: {
          owner_id: userId,
          phone_hash: hashOf(1),
          linked_user_id: null,
          is_favorite: isFavorite,
          last_interaction: null,
          created_at: expect.any(String),
          updated_at: expect.any(String),
        },
      });
    }
  });

  test("take the whole SHA-256 in capitals for the same contact", async () => {
    const { ask } = await openBook(app(), 2);
    const whole = `${hashOf(1)}${"0".repeat(32)}`.toUpperCase();
    const { data } = (await ask("PUT", `/contacts/${whole}/favorite`)).json();
    expect(data).toMatchObject({ phone_hash: hashOf(1), is_favorite: true });
  });

  test.each([
    ["a contact that is not there", "0".repeat(32), 404, "CONTACT_NOT_FOUND"],
    ["a number", "%2B201001234567", 400, "INVALID_REQUEST"],
    ["31 characters", "0".repeat(31), 400, "INVALID_REQUEST"],
    ["65 characters", "0".repeat(65), 400, "INVALID_REQUEST"],
    ["200 characters", "0".repeat(200), 400, "INVALID_REQUEST"],
    ["what cannot be decoded", "%zz", 400, "INVALID_REQUEST"],
  ])("refuse %s", async (_what, phoneHash, status, code) => {
    const { ask } = await openBook(app(), 0);
    for (const method of ["PUT", "DELETE"] as const) {
      const answer = await ask(method, `/contacts/${phoneHash}/favorite`);
      expect(answer.headers["content-type"]).toContain("application/problem+json");
      expect(answer.json()).toMatchObject({ success: false, code, status });
      expect(answer.body).not.toContain(phoneHash);
    }
  });
});
