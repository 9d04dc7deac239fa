import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("setFavorite and recordInteraction", (server) => {
  const { contactSync } = useContactSync(server);

  async function ownerOfThree() {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(3), 3);
    return owner;
  }

  test("a favourite is on or off, and only that contact", async () => {
    const owner = await ownerOfThree();
    const on = await contactSync().setFavorite(owner, hashOf(1).toUpperCase(), true);
    expect(on).toMatchObject({ owner_id: owner, phone_hash: hashOf(1), is_favorite: true });
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ favorites_count: 1 });
    // Saying it again changes nothing, not even the time of the last change.
    expect(await contactSync().setFavorite(owner, hashOf(1), true)).toEqual(on);
    expect(await contactSync().setFavorite(owner, hashOf(1), false)).toMatchObject({
      is_favorite: false,
    });
  });

  test("an interaction is noted at its time, now by default, and never goes back", async () => {
    const owner = await ownerOfThree();
    const now = await contactSync().recordInteraction(owner, hashOf(2));
    expect(Math.abs((now.last_interaction as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect(await contactSync().recordInteraction(owner, hashOf(2), "2020-01-01T00:00:00Z")).toEqual(
      now,
    );
    const later = new Date(Date.now() + 3_600_000);
    expect(await contactSync().recordInteraction(owner, hashOf(2), later)).toMatchObject({
      last_interaction: later,
    });
  });

  test("a contact the owner does not have is not found", async () => {
    const owner = await ownerOfThree();
    await refusal(contactSync().setFavorite(owner, hashOf(9), true), "CONTACT_NOT_FOUND");
    await refusal(contactSync().recordInteraction(randomUUID(), hashOf(1)), "CONTACT_NOT_FOUND");
  });

  test.each([
    ["INVALID_ARGUMENT", "x", hashOf(1), true],
    ["INVALID_PHONE_HASH", randomUUID(), "x", true],
    ["INVALID_ARGUMENT", randomUUID(), hashOf(1), "true"],
    ["INVALID_ARGUMENT", randomUUID(), hashOf(1), undefined],
  ] as const)("setFavorite refuses with %s", async (code, owner, phoneHash, favorite) => {
    await refusal(contactSync().setFavorite(owner, phoneHash, favorite as boolean), code);
  });

  test.each([
    "yesterday",
    "2026-02-30",
    new Date(Number.NaN),
    1_700_000_000,
    new Date(Date.now() + 3 * 86_400_000),
    "9999-12-31",
  ])("recordInteraction refuses the time %s", async (at) => {
    const owner = await ownerOfThree();
    await refusal(
      contactSync().recordInteraction(owner, hashOf(1), at as string),
      "INVALID_ARGUMENT",
    );
    expect(await contactSync().findContact(owner, hashOf(1))).toMatchObject({
      last_interaction: null,
    });
  });
});
