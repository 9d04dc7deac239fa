import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

describePostgres("deleting contacts", (server) => {
  const app = useApp(server);

  test("deletes one contact, once", async () => {
    const { ask } = await openBook(app(), 3);
    const path = `/contacts/${hashOf(1)}`;
    expect((await ask("DELETE", path)).json()).toEqual({
      success: true,
      data: { contacts_deleted: 1 },
    });
    expect((await ask("DELETE", path)).json()).toMatchObject({ code: "CONTACT_NOT_FOUND" });
    expect((await ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(2);
  });

  test("deletes some, and counts those that were there", async () => {
    const [mine, other] = await Promise.all([openBook(app(), 4), openBook(app(), 2)]);
    const phoneHashes = [hashOf(0), hashOf(1), hashOf(1), hashOf(99)];
    for (const deleted of [2, 0]) {
      expect((await mine.ask("POST", "/contacts/delete", { phoneHashes })).json()).toEqual({
        success: true,
        data: { contacts_deleted: deleted },
      });
    }
    expect((await mine.ask("GET", "/contacts")).json().data.contacts).toHaveLength(2);
    expect((await other.ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(2);
  });

  test("deletes none where one is no phone hash, or none are named, or too many", async () => {
    const { ask } = await openBook(app(), 2);
    const refused: [object, object][] = [
      [{ phoneHashes: [hashOf(0), "x"] }, { code: "INVALID_PHONE_HASH", index: 1 }],
      [{}, { code: "INVALID_REQUEST" }],
      [{ phoneHashes: hashOf(0) }, { code: "INVALID_REQUEST" }],
      [{ phoneHashes: [null] }, { code: "INVALID_REQUEST" }],
      [{ phoneHashes: [hashOf(0)], all: true }, { code: "INVALID_REQUEST" }],
      [{ phoneHashes: new Array(10_001).fill(hashOf(0)) }, { code: "CONTACTS_LIMIT_EXCEEDED" }],
    ];
    for (const [body, problem] of refused) {
      expect((await ask("POST", "/contacts/delete", body)).json()).toMatchObject(problem);
    }
    const nothing = await ask("POST", "/contacts/delete", { phoneHashes: [] });
    expect(nothing.json().data).toEqual({ contacts_deleted: 0 });
    expect((await ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(2);
  });

  test("deletes all of the caller's, and nobody else's", async () => {
    const [mine, other] = await Promise.all([openBook(app(), 3), openBook(app(), 2)]);
    for (const deleted of [3, 0]) {
      expect((await mine.ask("DELETE", "/contacts")).json()).toEqual({
        success: true,
        data: { contacts_deleted: deleted },
      });
    }
    expect((await other.ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(2);
  });
});
