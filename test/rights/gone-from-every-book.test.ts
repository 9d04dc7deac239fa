import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { expect, test } from "vitest";
import { parseKey } from "../../src/security/key.ts";
import { createPhoneCipher } from "../../src/security/phone-cipher.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import { tracesOf } from "../support/traces.ts";
import {
  hashOf,
  numberOf,
  numbers,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";

const cipher = createPhoneCipher(parseKey(TEST_KEY));

// Books, syncs and the linker, once a number is forgotten. What becomes of the number's own entry is
// in forget-number.test.ts.
describePostgres("a number that was forgotten", (server) => {
  const { contactSync, database } = useContactSync(server);
  const holds = async (owner: string, n: number) =>
    (await contactSync().findContact(owner, hashOf(n))) !== null;

  test("is gone from every book, and stands nowhere but as forgotten", async () => {
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
    const key = cipher.encrypt([hashOf(1)])[0] as string;
    await database().pool.query("select set_webhooks(true)");
    await contactSync().syncContacts(one, numbers(5), 5, { mode: "replace", deviceId: "phone" });
    await contactSync().setFavorite(one, hashOf(1), true);
    await contactSync().bulkInsertContacts([
      { owner_id: two, phone_hash: hashOf(1), linked_user_id: randomUUID(), is_favorite: true },
    ]);
    await contactSync().syncContacts(three, numbers(5), 5, { mode: "replace", deviceId: "phone" });
    await contactSync().setFavorite(three, hashOf(1), true);
    const kept = { mode: "replace", deviceId: "phone", confirmRemoval: true } as const;
    await contactSync().syncContacts(three, [numberOf(0)], 1, kept);

    expect(await contactSync().forgetNumber(numberOf(1))).toBe(true);
    await contactSync().linkPendingPhones();
    for (const owner of [one, two, three]) expect(await holds(owner, 1)).toBe(false);
    expect(await contactSync().summarizeContacts(one)).toMatchObject({ contacts_count: 4 });
    // A message that a link is gone names the number until it is delivered.
    await database().pool.query("delete from contact_sync_outbox where not is_link");
    expect(await tracesOf(database(), server.major, [key])).toEqual(["public.phones", "the dump"]);
    await contactSync().liftNumber(numberOf(1));
    expect(await tracesOf(database(), server.major, [key])).toEqual([]);
  });

  test("is stored by no sync, and counts as unchanged", async () => {
    await contactSync().forgetNumber(numberOf(10));
    const owner = randomUUID();
    const given = [numberOf(10), numberOf(11)];
    const counts = { total_processed: 2, contacts_inserted: 1, contacts_unchanged: 1 };
    expect(await contactSync().syncContacts(owner, given, 2)).toMatchObject(counts);
    await contactSync().syncContacts(owner, streamOf(given), 2);
    const device = { mode: "replace", deviceId: "phone" } as const;
    const hashes = [hashOf(10), hashOf(11)];
    const { sync_token } = await contactSync().syncPhoneHashes(owner, hashes, 2, device);
    // The device goes on with deltas: what it has, and what is stored of it, differ by that number.
    const all = [...hashes, hashOf(12)];
    const delta = await contactSync().syncDelta(owner, {
      syncToken: sync_token as string,
      digest: digestOf(all),
      added: [hashOf(12)],
      removed: [],
    });
    expect(delta).toMatchObject({ contacts_inserted: 1 });
    await contactSync().bulkInsertContacts([{ owner_id: owner, phone_hash: hashOf(10) }]);
    expect(await holds(owner, 10)).toBe(false);
    expect(await holds(owner, 12)).toBe(true);
  });

  test("is stored again once it is lifted, and found once somebody joins with it", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().forgetNumber(numberOf(20));
    await contactSync().syncContacts(owner, [numberOf(20)], 1);
    await contactSync().liftNumber(numberOf(20));
    await contactSync().syncContacts(owner, [numberOf(20)], 1);
    expect(await holds(owner, 20)).toBe(true);

    await contactSync().forgetNumber(numberOf(20));
    expect(await holds(owner, 20)).toBe(false);
    await contactSync().link(user, numberOf(20));
    const { matches } = await contactSync().syncContacts(owner, [numberOf(20)], 1);
    expect(matches).toMatchObject([{ user_id: user }]);
  });
});
