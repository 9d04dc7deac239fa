import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

describePostgres("POST /contacts/{phoneHash}/interaction", (server) => {
  const app = useApp(server);
  const path = `/contacts/${hashOf(0)}/interaction`;

  test("notes the given time; an earlier one changes nothing", async () => {
    const { ask } = await openBook(app(), 1);
    for (const [at, noted] of [
      ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
      ["2025-12-31", "2026-01-02T03:04:05.000Z"],
      ["2026-01-02T10:00:00+02:00", "2026-01-02T08:00:00.000Z"],
    ]) {
      const { success, data } = (await ask("POST", path, { at })).json();
      expect(success).toBe(true);
      expect(data).toMatchObject({ phone_hash: hashOf(0), last_interaction: noted });
    }
  });

  test.each([[undefined], [{}], [null]])("takes the present where the body is %j", async (body) => {
    const { ask } = await openBook(app(), 1);
    const { data } = (await ask("POST", path, body)).json();
    expect(Math.abs(Date.now() - Date.parse(data.last_interaction))).toBeLessThan(60_000);
  });

  test.each<[unknown, string]>([
    [{ at: "yesterday" }, "INVALID_REQUEST"],
    [{ at: 1767323045 }, "INVALID_REQUEST"],
    [{ at: null }, "INVALID_REQUEST"],
    [{ when: "2026-01-02" }, "INVALID_REQUEST"],
    [[], "INVALID_REQUEST"],
    [{ at: "2026-02-30" }, "INVALID_ARGUMENT"],
    [{ at: "2026-01-02T25:00:00Z" }, "INVALID_ARGUMENT"],
  ])("refuses %j", async (body, code) => {
    const { ask } = await openBook(app(), 1);
    expect((await ask("POST", path, body)).json()).toMatchObject({ code, status: 400 });
  });

  test.each<[unknown, string]>([
    [{ when: "2026-01-02" }, "/body has a field that does not exist, when; known are at"],
    [{ at: "9999-01-01" }, "the time of the interaction must be finite and not more than a day"],
  ])("says what is wrong with %j", async (body, sentence) => {
    const { ask } = await openBook(app(), 1);
    expect((await ask("POST", path, body)).json().detail).toContain(sentence);
  });

  test("does not find somebody else's contact", async () => {
    const { ask } = await openBook(app(), 0);
    expect((await ask("POST", path)).json()).toMatchObject({ code: "CONTACT_NOT_FOUND" });
  });
});
