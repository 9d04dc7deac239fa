import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("deleteContacts and deleteAllContacts", (server) => {
  const { contactSync } = useContactSync(server);

  test("deletes the named contacts of one owner and says how many there were", async () => {
    const [owner, other] = [randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, numbers(5), 5);
    await contactSync().syncContacts(other, numbers(5), 5);
    const named = [hashOf(1), hashOf(1), hashOf(2).toUpperCase(), hashOf(99)];
    expect(await contactSync().deleteContacts(owner, named)).toBe(2);
    expect(await contactSync().deleteContacts(owner, named)).toBe(0);
    expect(await contactSync().deleteContacts(owner, [])).toBe(0);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 3 });
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({ contacts_count: 3 });
    expect(await contactSync().summarizeContacts(other)).toMatchObject({ contacts_count: 5 });
  });

  test("empties a book, and leaves the owner's own numbers in the directory", async () => {
    const [owner, friend] = [randomUUID(), randomUUID()];
    await contactSync().link(owner, numberOf(7));
    await contactSync().syncContacts(owner, numbers(5), 5);
    await contactSync().syncContacts(friend, [numberOf(7)], 1);
    expect(await contactSync().deleteAllContacts(owner)).toBe(5);
    expect(await contactSync().deleteAllContacts(owner)).toBe(0);
    expect(await contactSync().summarizeContacts(owner)).toEqual({
      contacts_count: 0,
      linked_count: 0,
      favorites_count: 0,
    });
    expect(await contactSync().summarizeContacts(friend)).toMatchObject({ linked_count: 1 });
  });

  test("deletes nothing when one hash is malformed or missing", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(5), 5);
    const error = await refusal(
      contactSync().deleteContacts(owner, [hashOf(1), "x"]),
      "INVALID_PHONE_HASH",
    );
    expect(error.index).toBe(1);
    const sparse = [hashOf(1)];
    sparse[2] = hashOf(2);
    expect(
      await refusal(contactSync().deleteContacts(owner, sparse), "INVALID_PHONE_HASH"),
    ).toMatchObject({ index: 1 });
    await refusal(
      contactSync().deleteContacts(owner, new Array(10_001).fill(hashOf(1))),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ contacts_count: 5 });
  });
});
