import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { afterEach, expect, test } from "vitest";
import type { RotationProgress } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal } from "../support/use-contact-sync.ts";
import {
  createWorld,
  KEY_COLUMNS,
  OPAQUE_COLUMNS,
  OTHER_COLUMNS,
  strangers,
  type World,
} from "./world.ts";

describePostgres("changing the sealing key", (server) => {
  const worlds: World[] = [];
  afterEach(async () => {
    await Promise.all(worlds.splice(0).map((world) => world.close()));
  });
  const aWorld = async () => {
    const world = createWorld(await server.createDatabase());
    worlds.push(world);
    return world;
  };

  test("takes everything over, and the old key opens nothing afterwards", async () => {
    const world = await aWorld();
    const old = await world.openOld();
    const [anna, bert, cleo] = [randomUUID(), randomUUID(), randomUUID()];
    await world.database.pool.query("select set_webhooks(true)");
    await old.linkMany([
      { userId: cleo, phoneNumber: numberOf(0) },
      { userId: bert, phoneNumber: numberOf(1) },
    ]);
    const first = await old.syncContacts(anna, numbers(50), 50, { mode: "replace", deviceId: "a" });
    await old.syncContacts(bert, numbers(30, 20), 30);
    await old.setFavorite(anna, hashOf(7), true);
    await old.recordInteraction(anna, hashOf(8), "2026-01-01T00:00:00Z");
    await old.setFavorite(bert, hashOf(20), true);
    await old.syncContacts(bert, numbers(29, 21), 29, { mode: "replace" });
    await old.unlink(numberOf(1)); // a message in the outbox
    const before = await old.listContacts(anna, { limit: 1000 });
    const { next_cursor } = await old.listContacts(anna, { limit: 10 });
    const { cursor } = await old.listChanges(anna);

    const both = await world.openBoth();
    expect(await both.rotationState()).toMatchObject({ step: null });
    const seen: RotationProgress[] = [];
    const report = await both.rotateKey({ onProgress: (progress) => seen.push(progress) });
    expect(report).toMatchObject({ owners_moved: 2, contacts_moved: 79, numbers_done: 1 });
    expect(seen.map(({ step }) => step)).toEqual(
      expect.arrayContaining(["directory", "books", "remains"]),
    );
    expect(seen.at(-1)).toMatchObject({ contactsMoved: 79, contactsInAll: 79, ownersInAll: 2 });
    expect(await both.rotateKey()).toMatchObject({ owners_moved: 0, contacts_moved: 0 });

    await refusal(world.openOld(), "KEY_MISMATCH");
    await refusal(old.listContacts(anna), "KEY_MISMATCH");
    await refusal(old.link(cleo, numberOf(3)), "KEY_MISMATCH");
    const next = await world.openNew();
    const sorted = (contacts: { phone_hash: string }[]) =>
      contacts.toSorted((one, other) => one.phone_hash.localeCompare(other.phone_hash));
    const after = await next.listContacts(anna, { limit: 1000 });
    expect(sorted(after.contacts)).toEqual(sorted(before.contacts));
    expect(await strangers(world, numbers(60))).toEqual([]);
    const { rows } = await world.database.pool.query(
      "select (select count(*) from phones)::int as phones, (select count(*) from contact_sync_outbox)::int as messages, (select count(*) from contact_sync_kept_choices)::int as kept",
    );
    expect(rows).toEqual([{ phones: 1, messages: 1, kept: 1 }]);
    // What was kept aside comes back, and another sync changes nothing.
    await next.syncContacts(bert, [numberOf(20)], 30);
    expect(await next.findContact(bert, hashOf(20))).toMatchObject({ is_favorite: true });
    expect(await next.syncContacts(anna, numbers(50), 50)).toMatchObject({
      contacts_unchanged: 50,
      matched_contacts: 1,
    });

    // Who goes on from before: tokens and pages begin again, changes begin anew.
    await refusal(
      next.syncDelta(anna, {
        syncToken: first.sync_token as string,
        digest: digestOf(numbers(50).map((_, n) => hashOf(n))),
        added: [],
        removed: [],
      }),
      "SYNC_TOKEN_EXPIRED",
    );
    await refusal(next.listContacts(anna, { cursor: next_cursor as string }), "INVALID_ARGUMENT");
    expect(await next.listChanges(anna, { since: cursor })).toMatchObject({
      reset: true,
      changes: expect.arrayContaining([
        expect.objectContaining({ phone_hash: hashOf(0), user_id: cleo }),
      ]),
    });
    await refusal(next.listChanges(anna, { since: "no cursor" }), "INVALID_ARGUMENT");
  });

  test("is asked of every column that a phone key could stand in", async () => {
    const world = await aWorld();
    const { rows } = await world.database.pool.query<{ name: string; type: string }>(
      `select c.relname || '.' || a.attname as name, t.typname as type
         from pg_attribute a
         join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
         join pg_type t on t.oid = a.atttypid
        where c.relnamespace = 'public'::regnamespace
          and a.attnum > 0
          and not a.attisdropped
          and c.relname <> 'contact_sync_migrations'
          and t.typname in ('uuid', '_uuid', 'bytea', 'text', '_text', 'json', 'jsonb')`,
    );
    const known = [...Object.keys(KEY_COLUMNS), ...OTHER_COLUMNS, ...OPAQUE_COLUMNS];
    expect(rows.map(({ name }) => name).toSorted()).toEqual(known.toSorted());
  });
});
