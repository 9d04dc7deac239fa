import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import type { ContactsWithAccounts, ListOptions } from "../../src/index.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("listContacts and findContact", (server) => {
  const { contactSync, database } = useContactSync(server);
  const [owner, other, user] = [randomUUID(), randomUUID(), randomUUID()];

  beforeAll(async () => {
    await contactSync().syncContacts(owner, numbers(25), 25);
    await contactSync().syncContacts(other, numbers(25), 25);
    await contactSync().link(user, numberOf(3));
    await contactSync().link(owner, numberOf(4));
    await contactSync().setFavorite(owner, hashOf(3), true);
    await contactSync().setFavorite(owner, hashOf(9), true);
  });

  async function everything(on: ContactsWithAccounts, options: ListOptions) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await on.listContacts(owner, { ...options, cursor });
      pages.push(page.contacts.map((contact) => contact.phone_hash));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return pages;
  }

  test("gives every contact once, a page at a time, in an order that stays", async () => {
    const pages = await everything(contactSync(), { limit: 10 });
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat().toSorted()).toEqual(
      numbers(25)
        .map((_, n) => hashOf(n))
        .toSorted(),
    );
    expect(await everything(contactSync(), { limit: 10 })).toEqual(pages);
    expect((await everything(contactSync(), {})).flat()).toEqual(pages.flat());
    // Exactly full: one more page tells that there is nothing more.
    expect((await everything(contactSync(), { limit: 25 })).map((page) => page.length)).toEqual([
      25, 0,
    ]);
  });

  test("narrows to linked ones and to favourites", async () => {
    expect((await everything(contactSync(), { linked: true })).flat()).toEqual([hashOf(3)]);
    expect(
      (await everything(contactSync(), { favorites: true, limit: 1 })).flat().toSorted(),
    ).toEqual([hashOf(3), hashOf(9)].toSorted());
    const { contacts } = await contactSync().listContacts(owner, { linked: true, favorites: true });
    expect(contacts).toMatchObject([
      { owner_id: owner, phone_hash: hashOf(3), linked_user_id: user, is_favorite: true },
    ]);
  });

  test("the cursor outlives the process, and gives no phone key away", async () => {
    const { contacts, next_cursor } = await contactSync().listContacts(owner, { limit: 10 });
    const later = await openContactSync(database());
    const page = await later.listContacts(owner, { limit: 1, cursor: next_cursor as string });
    expect(page.contacts).toHaveLength(1);
    expect(contacts).not.toContainEqual(page.contacts[0]);
    const { rows } = await database().pool.query(
      "select replace(phone_key::text, '-', '') as key from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    const bytes = Buffer.from(next_cursor as string, "base64url").toString("hex");
    for (const { key } of rows) expect(bytes).not.toContain(key);
  });

  test("refuses a cursor that was tampered with, or is another owner's", async () => {
    const cursor = (await contactSync().listContacts(owner, { limit: 10 })).next_cursor as string;
    const flipped = Buffer.from(cursor, "base64url");
    for (const place of [0, 12, flipped.length - 1]) {
      const tampered = Buffer.from(flipped);
      tampered[place] = (tampered[place] as number) ^ 1;
      await refusal(
        contactSync().listContacts(owner, { cursor: tampered.toString("base64url") }),
        "INVALID_ARGUMENT",
      );
    }
    await refusal(contactSync().listContacts(other, { cursor }), "INVALID_ARGUMENT");
    for (const nonsense of ["", "x", cursor.slice(1), `${cursor}AAAA`, null, 7, {}]) {
      await refusal(
        contactSync().listContacts(owner, { cursor: nonsense as never }),
        "INVALID_ARGUMENT",
      );
    }
    // The owner is the same however the UUID is written.
    expect(await contactSync().listContacts(owner.toUpperCase(), { cursor })).toMatchObject({
      contacts: expect.objectContaining({ length: 15 }),
    });
  });

  test.each([0, 1_001, 1.5, "10", null])("refuses the limit %j", async (limit) => {
    await refusal(
      contactSync().listContacts(owner, { limit: limit as number }),
      "INVALID_ARGUMENT",
    );
  });

  test("finds a contact by its hash of 32 or 64 characters, or none", async () => {
    const found = await contactSync().findContact(owner, hashOf(3));
    expect(found).toMatchObject({ phone_hash: hashOf(3), linked_user_id: user });
    expect(
      await contactSync().findContact(owner, `${hashOf(3)}${hashOf(5)}`.toUpperCase()),
    ).toEqual(found);
    expect(await contactSync().findContact(owner, hashOf(99))).toBeNull();
    expect(await contactSync().findContact(randomUUID(), hashOf(3))).toBeNull();
    await refusal(contactSync().findContact(owner, numberOf(3)), "INVALID_PHONE_HASH");
  });

  test("nobody is linked to themself", async () => {
    expect(await contactSync().findContact(owner, hashOf(4))).toMatchObject({
      linked_user_id: null,
    });
    expect(await contactSync().findContact(other, hashOf(4))).toMatchObject({
      linked_user_id: owner,
    });
  });
});
