import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, useContactSync } from "../support/use-contact-sync.ts";

// What commits first is the change of the directory. Its back-fill may be late, or fail for trouble
// around us; then it is the linker's, and the call has done what it was asked for.

describePostgres("a back-fill that fails", (server) => {
  const { contactSync, database } = useContactSync(server);
  const [owner, user] = [randomUUID(), randomUUID()];

  /** Takes the linker away for as long as some work lasts. */
  async function withoutLinker<Result>(work: () => Promise<Result>): Promise<Result> {
    const { pool } = database();
    const rename = (from: string, to: string) =>
      pool.query(`alter function ${from}(uuid[], integer) rename to ${to}`);
    await rename("contact_sync_link_pass", "link_pass_away");
    try {
      return await work();
    } finally {
      await rename("link_pass_away", "contact_sync_link_pass");
    }
  }
  const linked = async () => (await contactSync().summarizeContacts(owner)).linked_count;

  test("is no failure of link, linkMany, unlink and eraseUser, and is made up for", async () => {
    await contactSync().syncContacts(owner, numbers(4), 4);
    await withoutLinker(async () => {
      expect(await contactSync().link(user, numberOf(0))).toBe(true);
      expect(
        await contactSync().linkMany(
          [1, 2, 3].map((n) => ({ userId: user, phoneHash: hashOf(n) })),
        ),
      ).toMatchObject({ phones_linked: 3, contacts_changed: 0, links_pending: 3 });
    });
    expect(await linked()).toBe(0);
    expect(await contactSync().linkPendingPhones()).toMatchObject({ contacts_changed: 4 });
    expect(await linked()).toBe(4);

    await withoutLinker(async () => {
      expect(await contactSync().unlink(numberOf(0))).toBe(1);
      expect(await contactSync().eraseUser(user)).toMatchObject({
        phones_unlinked: 3,
        links_pending: 3,
      });
      // At once nobody is shown those links any more.
      expect(await linked()).toBe(0);
    });
    expect(await contactSync().linkPendingPhones()).toMatchObject({
      contacts_changed: 4,
      entries_waiting: 0,
    });
  });
});
