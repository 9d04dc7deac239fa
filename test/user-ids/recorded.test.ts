import { expect, test } from "vitest";
import { openEngine } from "../../src/engine/open-engine.ts";
import { generateKey } from "../../src/index.ts";
import { uuidOfText } from "../../src/security/user-ids.ts";
import { createWorld, emptied } from "../rotation/world.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, refusal } from "../support/use-contact-sync.ts";
import { ALL_IDS } from "./ids.ts";

test("a text's UUID is a version 8, made of the text and the secret alone", () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(uuidOfText(one, "42")).toBe(uuidOfText(one, "42"));
  expect(uuidOfText(one, "42")).not.toBe(uuidOfText(other, "42"));
  const uuids = ALL_IDS.map((id) => uuidOfText(one, id));
  expect(new Set(uuids).size).toBe(ALL_IDS.length);
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

describePostgres("what a database has recorded of its users' ids", (server) => {
  const database = useDatabase(server);
  const query = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  const kind = async () =>
    (await query("select user_id_kind from contact_sync_seal"))[0]?.user_id_kind;

  test("a migrated one that nobody has opened is open to both, and then to one", async () => {
    for (const [first, other] of [
      ["text", "uuid"],
      ["uuid", "text"],
    ] as const) {
      await emptied(database());
      await openContactSync(database(), { userIds: first });
      expect(await kind()).toBe(first);
      const { message } = await refusal(
        openContactSync(database(), { userIds: other }),
        "USER_IDS_MISMATCH",
      );
      expect(message).toContain(
        first === "text" ? "by texts, not by UUIDs" : "by UUIDs, not by texts",
      );
      await openContactSync(database(), { userIds: first });
    }
  });

  test("one that has users and says nothing has them by UUIDs", async () => {
    const plants = [
      "insert into contact_sync_status (owner_id) values (gen_random_uuid())",
      "insert into phones (phone_key, linked_user_id, verified_at) values (gen_random_uuid(), gen_random_uuid(), now())",
      "insert into contact_sync_consent (user_id) values (gen_random_uuid())",
      "insert into contact_sync_blocks (user_id, blocked_user_id) values (gen_random_uuid(), gen_random_uuid())",
    ];
    for (const plant of plants) {
      await emptied(database());
      await query("truncate contact_sync_consent, contact_sync_blocks");
      await openContactSync(database());
      await query("update contact_sync_seal set user_id_kind = null");
      await query(plant);
      const { message } = await refusal(
        openContactSync(database(), { userIds: "text" }),
        "USER_IDS_MISMATCH",
      );
      expect(message).toContain("from before anybody said");
      await openContactSync(database(), { userIds: "uuid" });
      expect(await kind()).toBe("uuid");
    }
    await query("truncate contact_sync_consent, contact_sync_blocks");
  });

  test("texts need a key, and one of the two kinds", async () => {
    await emptied(database());
    const { message } = await refusal(
      openContactSync(database(), { key: null, userIds: "text" }),
      "INVALID_ARGUMENT",
    );
    expect(message).toContain("needs a sealing key");
    await refusal(openContactSync(database(), { userIds: "integer" as never }), "INVALID_ARGUMENT");
    await openContactSync(database(), { key: null });
  });

  test("of processes that start at once all go by the first one's word", async () => {
    for (let round = 0; round < 4; round += 1) {
      await emptied(database());
      const kinds = Array.from({ length: 8 }, (_, place): "text" | "uuid" =>
        place % 2 === 0 ? "text" : "uuid",
      );
      const outcomes = await Promise.allSettled(
        kinds.map(async (userIds, place) => {
          const opened = await openContactSync(database(), { userIds });
          if (userIds === "text") await opened.link("42", numberOf(10 * round + place));
        }),
      );
      const recorded = await kind();
      for (const [place, outcome] of outcomes.entries()) {
        if (kinds[place] === recorded) {
          expect(outcome).toEqual({ status: "fulfilled", value: undefined });
        } else
          expect(outcome).toMatchObject({
            status: "rejected",
            reason: { code: "USER_IDS_MISMATCH" },
          });
      }
      expect(await query("select id_text from contact_sync_users")).toHaveLength(
        recorded === "text" ? 1 : 0,
      );
    }
  });

  test("another key is another's users, and the secret in the database opens by its key alone", async () => {
    const uuids: string[] = [];
    for (const key of [TEST_KEY, TEST_KEY, generateKey()]) {
      await emptied(database());
      await query("truncate contact_sync_users");
      const { engine, close } = await openEngine({
        database: database().pool,
        key,
        userIds: "text",
      });
      uuids.push(engine.users.of("42", "it").uuid);
      await close();
    }
    expect(uuids[0]).toBe(uuids[1]);
    expect(uuids[0]).not.toBe(uuids[2]);
  });

  test("a change of the key keeps every user, and the new key alone opens them", async () => {
    await emptied(database());
    const world = createWorld(database(), { userIds: "text" });
    try {
      const old = await world.openOld();
      await old.link("friend", numberOf(1));
      await old.syncContacts("owner", [numberOf(1)], 1);
      const before = await query("select user_id, id_text from contact_sync_users order by 1");
      const [{ user_id_secret }] = await query("select user_id_secret from contact_sync_seal");
      const both = await world.openBoth();
      await both.link("during", numberOf(2));
      await both.rotateKey();
      const renewed = await world.openNew();
      expect(
        await query(
          "select user_id, id_text from contact_sync_users where id_text <> 'during' order by 1",
        ),
      ).toEqual(before);
      const [seal] = await query(
        "select user_id_secret, next_user_id_secret from contact_sync_seal",
      );
      expect(seal.next_user_id_secret).toBeNull();
      expect(seal.user_id_secret.equals(user_id_secret)).toBe(false);
      for (const contactSync of [both, renewed]) {
        const known = await contactSync.findContact("owner", hashOf(1));
        expect(known).toMatchObject({ owner_id: "owner", linked_user_id: "friend" });
        const { matches } = await contactSync.syncContacts("owner", [numberOf(1), numberOf(2)], 2);
        expect(matches.map(({ user_id }) => user_id)).toEqual(["friend", "during"]);
      }
      expect(
        (await query("select id_text from contact_sync_users order by 1")).map(
          (row) => row.id_text,
        ),
      ).toEqual(["during", "friend", "owner"]);
      await refusal(world.openOld(), "KEY_MISMATCH");
    } finally {
      await world.close();
    }
  });

  test("a change of the key that stops at each of its steps goes on, and nobody is another", async () => {
    for (const step of ["directory", "books", "remains"] as const) {
      await emptied(database());
      await query("truncate contact_sync_users");
      const world = createWorld(database(), { userIds: "text" });
      try {
        const old = await world.openOld();
        await old.link("friend", numberOf(1));
        await old.syncContacts("owner", [numberOf(1)], 1);
        const before = await query("select user_id, id_text from contact_sync_users order by 1");
        const stop = new AbortController();
        const halted = (await world.openBoth()).rotateKey({
          signal: stop.signal,
          onProgress: (progress) => {
            if (progress.step === step) stop.abort();
          },
        });
        await refusal(halted, "ABORTED");
        // Another process, which finds it so.
        const other = await world.openBoth();
        expect((await other.listContacts("owner")).contacts).toMatchObject([
          { linked_user_id: "friend" },
        ]);
        await other.rotateKey();
        expect((await (await world.openNew()).listContacts("owner")).contacts).toMatchObject([
          { linked_user_id: "friend" },
        ]);
        expect(await query("select user_id, id_text from contact_sync_users order by 1")).toEqual(
          before,
        );
      } finally {
        await world.close();
      }
    }
  });
});
