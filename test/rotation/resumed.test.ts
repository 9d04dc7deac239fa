import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { rotateKey } from "../../src/rotation/rotate-key.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, storedKeys, strangers, type World } from "./world.ts";

describePostgres("a change of the sealing key that is interrupted", (server) => {
  const database = useDatabase(server);
  let world: World;
  let [anna, bert, cleo] = ["", "", ""];
  beforeEach(async () => {
    await emptied(database());
    world = createWorld(database());
    [anna, bert, cleo] = [randomUUID(), randomUUID(), randomUUID()];
  });
  afterEach(() => world.close());

  async function fill(): Promise<void> {
    const old = await world.openOld();
    await database().pool.query("select set_webhooks(true)");
    for (const [n, user] of [anna, bert, cleo].entries()) await old.link(user, numberOf(n));
    for (const owner of [anna, bert, cleo]) await old.syncContacts(owner, numbers(6), 6);
    await old.unlink(numberOf(2));
  }

  /** Everybody's links by number, as reads show them. */
  async function linksBy(library: ContactsWithAccounts): Promise<unknown> {
    const books = [anna, bert, cleo].map(async (owner) => {
      const { contacts } = await library.listContacts(owner);
      const links = contacts.map(({ phone_hash, linked_user_id }) => [phone_hash, linked_user_id]);
      return Object.fromEntries(links.toSorted());
    });
    return Promise.all(books);
  }
  const book = (owner: string) =>
    Object.fromEntries(
      numbers(6).map((_, n) => {
        const user = [anna, bert, undefined, undefined, cleo][n];
        return [hashOf(n), user === undefined || user === owner ? null : user];
      }),
    );

  test("goes on from any of its steps, with changes between them, and misses nothing", async () => {
    for (let interrupted = 1; ; interrupted += 1) {
      await emptied(database());
      world = createWorld(database());
      await fill();
      let steps = 0;
      const isCut = await rotateUntil(await world.openEngine(), () => {
        steps += 1;
        return steps === interrupted;
      });

      // What comes in between, by a process that was there before and one that comes now.
      const both = await world.openBoth();
      expect(await linksBy(both)).toMatchObject([{ [hashOf(1)]: bert }, { [hashOf(0)]: anna }, {}]);
      await both.link(cleo, numberOf(4));
      await both.syncContacts(bert, numbers(6), 6);

      await rotateKey(await world.openEngine());
      expect(await strangers(world, numbers(6))).toEqual([]);
      const truth = [anna, bert, cleo].map(book);
      expect(await linksBy(await world.openNew())).toEqual(truth);
      expect(await linksBy(both)).toEqual(truth);
      const { rows } = await database().pool.query(
        "select key_number, next_key_id, previous_key_id, is_moving from contact_sync_seal",
      );
      expect(rows).toEqual([
        { key_number: 1, next_key_id: null, previous_key_id: null, is_moving: false },
      ]);
      await world.close();
      if (!isCut) {
        expect(interrupted).toBeGreaterThan(10);
        break;
      }
    }
  });

  test("is done by two at once without harm", async () => {
    await fill();
    const engines = [await world.openEngine(), await world.openEngine()];
    const ended = await Promise.allSettled(engines.map((engine) => rotateKey(engine)));
    // One may find itself at a step that the other has ended.
    for (const { status, reason } of ended as { status: string; reason?: { code: string } }[]) {
      if (status === "rejected") expect(reason?.code).toBe("KEY_ROTATION");
    }
    await rotateKey(engines[0] as (typeof engines)[0]);
    expect(await strangers(world, numbers(6))).toEqual([]);
  });

  test("is refused with another pair of keys, at each of its steps", async () => {
    await fill();
    const other = createWorld(database());
    const strange = (world_: World) => ({ ...world_, oldKey: world.oldKey });
    expect(strange(other).oldKey).toBe(world.oldKey);
    await refusal(other.openBoth(), "KEY_MISMATCH");
    await rotateUntil(await world.openEngine(), ({ step }) => step === "books");
    const error = await refusal(other.openBoth(), "KEY_MISMATCH");
    expect(error.message).not.toContain(other.newKey);
    const { pool } = database();
    await expect(
      pool.query(
        "select contact_sync_begin_rotation(key_id, check_value, 'other', 'check') from contact_sync_seal",
      ),
    ).rejects.toMatchObject({
      code: "YC011",
      message: expect.stringContaining("is being changed"),
    });
    await rotateUntil(await world.openEngine(), ({ step }) => step === "remains");
    await expect(
      pool.query(
        "select contact_sync_begin_rotation('other', 'check', key_id, check_value) from contact_sync_seal",
      ),
    ).rejects.toMatchObject({ code: "YC011", message: expect.stringContaining("is left") });
    await expect(
      pool.query(
        "select contact_sync_begin_rotation(key_id, check_value, 'other', 'check') from contact_sync_seal",
      ),
    ).rejects.toMatchObject({ code: "YC011", message: expect.stringContaining("is left") });
  });

  test("needs two keys, and two different ones", async () => {
    await fill();
    await refusal((await world.openOld()).rotateKey(), "KEY_REQUIRED");
    const { createContactSync } = await import("../../src/index.ts");
    const { oldKey } = world;
    const same = await createContactSync({
      database: database().pool,
      key: oldKey,
      previousKey: oldKey,
    });
    await refusal(same.rotateKey(), "INVALID_ARGUMENT");
    await same.close();
  });

  test("of processes, those with both keys work at each step; one without the new key says so", async () => {
    await fill();
    const [old, both] = [await world.openOld(), await world.openBoth()];
    expect(await both.syncContacts(anna, numbers(6), 6)).toMatchObject({ contacts_unchanged: 6 });
    expect(await old.syncContacts(anna, numbers(6), 6)).toMatchObject({ contacts_unchanged: 6 });
    await refusal(world.openNew(), "KEY_MISMATCH");

    await rotateUntil(await world.openEngine(), ({ ownersMoved }) => ownersMoved === 1);
    const { rows } = await database().pool.query(
      "select owner_id, key_number from contact_sync_status order by key_number desc",
    );
    const [moved, left] = rows.map(({ owner_id }) => owner_id);
    for (const owner of [moved, left]) {
      expect(await both.syncContacts(owner, numbers(6), 6)).toMatchObject({
        contacts_unchanged: 6,
      });
    }
    // The old key alone: books that are not moved yet, and nothing that takes both.
    expect(await old.syncContacts(left, numbers(6), 6)).toMatchObject({ contacts_unchanged: 6 });
    for (const call of [
      () => old.syncContacts(moved, numbers(6), 6),
      () => old.syncContacts(randomUUID(), numbers(6), 6),
      () => old.listContacts(moved),
      () => old.link(anna, numberOf(5)),
    ]) {
      const error = await refusal(call(), "KEY_MISMATCH");
      expect(error.message).toContain("CONTACT_SYNC_PREVIOUS_KEY");
    }
    await refusal(world.openOld(), "KEY_MISMATCH");
    await refusal(world.openNew(), "KEY_MISMATCH");

    await rotateUntil(await world.openEngine(), ({ step }) => step === "remains");
    await refusal(world.openNew(), "KEY_MISMATCH");
    expect(await both.syncContacts(left, numbers(6), 6)).toMatchObject({ contacts_unchanged: 6 });
    await rotateKey(await world.openEngine());
    expect(await (await world.openNew()).syncContacts(left, numbers(6), 6)).toMatchObject({
      contacts_unchanged: 6,
    });
    expect(await both.syncContacts(left, numbers(6), 6)).toMatchObject({ contacts_unchanged: 6 });
    await refusal(old.syncContacts(left, numbers(6), 6), "KEY_MISMATCH");
  });

  test("can be followed by another one", async () => {
    await fill();
    await rotateKey(await world.openEngine());
    const again = createWorld(database());
    const { createContactSync } = await import("../../src/index.ts");
    const third = await createContactSync({
      database: database().pool,
      key: again.newKey,
      previousKey: world.newKey,
    });
    expect(await third.rotateKey()).toMatchObject({ owners_moved: 3, numbers_done: 2 });
    const keys = [...(await storedKeys(world)).values()].flat();
    const names = new Set(numbers(6).map((_, n) => hashOf(n)));
    expect(again.newCipher.decrypt(keys).every((hash) => names.has(hash))).toBe(true);
    await third.close();
  });
});
