import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

describePostgres("DELETE /contacts and /contacts/{phoneHash}", (server) => {
  const app = useApp(server);

  test("delete one contact, once", async () => {
    const { ask } = await openBook(app(), 3);
    const path = `/contacts/${hashOf(1)}`;
    expect((await ask("DELETE", path)).json()).toEqual({
      success: true,
      data: { contacts_deleted: 1 },
    });
    expect((await ask("DELETE", path)).json()).toMatchObject({ code: "CONTACT_NOT_FOUND" });
    expect((await ask("GET", "/contacts/summary")).json().data.contacts_count).toBe(2);
  });

  test("delete all of the caller's, and nobody else's", async () => {
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
