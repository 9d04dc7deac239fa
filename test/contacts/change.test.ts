import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers, refusal, useEngine } from "../support/use-engine.ts";

describePostgres("setFavorite and recordInteraction", (server) => {
  const { engine } = useEngine(server);

  async function ownerOfThree() {
    const owner = randomUUID();
    await engine().syncContacts(owner, numbers(3), 3);
    return owner;
  }

  test("a favourite is on or off, and only that contact", async () => {
    const owner = await ownerOfThree();
    const on = await engine().setFavorite(owner, hashOf(1).toUpperCase(), true);
    expect(on).toMatchObject({ owner_id: owner, phone_hash: hashOf(1), is_favorite: true });
    expect(await engine().summarizeContacts(owner)).toMatchObject({ favorites_count: 1 });
    // Saying it again changes nothing, not even the time of the last change.
    expect(await engine().setFavorite(owner, hashOf(1), true)).toEqual(on);
    expect(await engine().setFavorite(owner, hashOf(1), false)).toMatchObject({
      is_favorite: false,
    });
  });

  test("an interaction is noted at its time, now by default, and never goes back", async () => {
    const owner = await ownerOfThree();
    const now = await engine().recordInteraction(owner, hashOf(2));
    expect(Math.abs((now.last_interaction as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect(await engine().recordInteraction(owner, hashOf(2), "2020-01-01T00:00:00Z")).toEqual(now);
    const later = new Date(Date.now() + 3_600_000);
    expect(await engine().recordInteraction(owner, hashOf(2), later)).toMatchObject({
      last_interaction: later,
    });
  });

  test("a contact the owner does not have is not found", async () => {
    const owner = await ownerOfThree();
    await refusal(engine().setFavorite(owner, hashOf(9), true), "CONTACT_NOT_FOUND");
    await refusal(engine().recordInteraction(randomUUID(), hashOf(1)), "CONTACT_NOT_FOUND");
  });

  test.each([
    ["INVALID_ARGUMENT", "x", hashOf(1), true],
    ["INVALID_PHONE_HASH", randomUUID(), "x", true],
    ["INVALID_ARGUMENT", randomUUID(), hashOf(1), "true"],
    ["INVALID_ARGUMENT", randomUUID(), hashOf(1), undefined],
  ] as const)("setFavorite refuses with %s", async (code, owner, phoneHash, favorite) => {
    await refusal(engine().setFavorite(owner, phoneHash, favorite as boolean), code);
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
    await refusal(engine().recordInteraction(owner, hashOf(1), at as string), "INVALID_ARGUMENT");
    expect(await engine().findContact(owner, hashOf(1))).toMatchObject({ last_interaction: null });
  });
});
