import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

describePostgres("GET /contacts/summary", (server) => {
  const app = useApp(server);

  test("counts contacts, those who have accounts, and favourites", async () => {
    const { ask } = await openBook(app(), 3);
    const summary = async () => (await ask("GET", "/contacts/summary")).json();
    const counts = { contacts_count: 3, linked_count: 0, favorites_count: 0 };
    expect(await summary()).toEqual({ success: true, data: counts });

    await ask("PUT", `/contacts/${hashOf(0)}/favorite`);
    const url = `/api/v1/users/${randomUUID()}/phones`;
    await app().request({ method: "PUT", url, token: SERVICE_KEY, body: { phoneHash: hashOf(1) } });
    expect((await summary()).data).toEqual({ ...counts, linked_count: 1, favorites_count: 1 });
  });

  test("is of zeros for somebody without a book", async () => {
    const { ask } = await openBook(app(), 0);
    const { data } = (await ask("GET", "/contacts/summary")).json();
    expect(data).toEqual({ contacts_count: 0, linked_count: 0, favorites_count: 0 });
  });
});
