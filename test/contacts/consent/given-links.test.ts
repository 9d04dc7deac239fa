import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { hashOf, useContactSync } from "../../support/use-contact-sync.ts";

describePostgres("links that were given, when the default goes back and forth", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("are lost to whoever goes by it, as if the linker had been round, and kept by whoever has chosen", async () => {
    const [owner, undecided, decided] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().setDiscoverability(decided, "everybody");
    await contactSync().bulkInsertContacts([
      { owner_id: owner, phone_hash: hashOf(1), linked_user_id: undecided },
      { owner_id: owner, phone_hash: hashOf(2), linked_user_id: decided },
    ]);
    for (const choice of ["nobody", "everybody"]) {
      await database().pool.query("select set_default_discoverability($1)", [choice]);
    }
    await contactSync().linkPendingPhones();
    const { contacts } = await contactSync().listContacts(owner);
    expect(contacts.map(({ linked_user_id }) => linked_user_id)).toHaveLength(2);
    expect(new Set(contacts.map(({ linked_user_id }) => linked_user_id))).toEqual(
      new Set([null, decided]),
    );
  });
});
