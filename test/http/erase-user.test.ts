import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { openBook } from "./book.ts";
import { type Request, SERVICE_KEY, useApp } from "./support.ts";

describePostgres("DELETE /users/{userId}", (server) => {
  const app = useApp(server);
  const ask = (method: Request["method"], path: string, body?: unknown) =>
    app().request({ method, url: `/api/v1/users/${path}`, token: SERVICE_KEY, body });

  test("erases book, numbers, and links to the user; the second time there is nothing", async () => {
    const [erased, holder] = [await openBook(app(), 3), await openBook(app(), 2)];
    await ask("PUT", `${erased.userId}/phones`, { phoneNumber: numberOf(1) });
    const answer = await ask("DELETE", erased.userId);
    expect(answer.json()).toEqual({
      success: true,
      data: {
        contacts_deleted: 3,
        phones_unlinked: 1,
        given_links_removed: 0,
        runs_folded: 1,
        receipt: expect.any(String),
      },
    });
    const again = await ask("DELETE", erased.userId);
    expect(again.json().data).toMatchObject({ contacts_deleted: 0, phones_unlinked: 0 });
    const { data } = (await holder.ask("GET", "/contacts")).json();
    expect(data.contacts).toContainEqual(
      expect.objectContaining({ phone_hash: hashOf(1), linked_user_id: null }),
    );
    const { data: status } = (await erased.ask("GET", "/contacts/sync/status")).json();
    expect(status.sync_status).toBe("never_synced");
  });

  test("refuses a user that is no UUID", async () => {
    expect((await ask("DELETE", "everybody")).json()).toMatchObject({
      code: "INVALID_REQUEST",
      status: 400,
      pointer: "/params/userId",
    });
  });
});
