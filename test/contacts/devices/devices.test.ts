import { randomUUID } from "node:crypto";
import { digestOf, MAX_DEVICES_PER_OWNER } from "@contact-sync/client";
import { expect, test } from "vitest";
import { openContactSync } from "../../support/open-contact-sync.ts";
import { describePostgres } from "../../support/postgres.ts";
import {
  hashOf,
  numberOf,
  numbers,
  refusal,
  useContactSync,
} from "../../support/use-contact-sync.ts";
import { bookOf, Phone, range } from "./phone.ts";

describePostgres("a sync of a device", (server) => {
  const { contactSync, database } = useContactSync(server);

  const hashesOf = async (owner: string) => [...(await bookOf(contactSync(), owner)).keys()].sort();
  const hashes = (ns: readonly number[]) => ns.map(hashOf).sort();

  test("has a token, of numbers as of hashes; one that names none has not", async () => {
    const owner = randomUUID();
    const options = { mode: "replace", deviceId: "a" } as const;
    const byNumber = await contactSync().syncContacts(owner, [...numbers(3), "no"], 3, options);
    expect(byNumber).toMatchObject({ total_processed: 3, sync_token: expect.any(String) });
    const phone = new Phone(contactSync(), owner, "a");
    Object.assign(phone, { has: new Set(range(3)), token: byNumber.sync_token });
    expect(await phone.delta([3], [0])).toMatchObject({ contacts_inserted: 1 });
    expect((await contactSync().syncContacts(owner, numbers(3), 3)).sync_token).toBeNull();
  });

  test("a snapshot removes nothing that another device or a call without one holds", async () => {
    const owner = randomUUID();
    const [one, two] = ["a", "b"].map((id) => new Phone(contactSync(), owner, id)) as [
      Phone,
      Phone,
    ];
    await one.full(range(4));
    await two.full(range(4, 2));
    await contactSync().syncContacts(owner, [numberOf(9)], 1);
    expect(await hashesOf(owner)).toEqual(hashes([...range(6), 9]));
    expect(await one.full([0])).toMatchObject({ contacts_removed: 1 });
    expect(await hashesOf(owner)).toEqual(hashes([0, ...range(4, 2), 9]));
    expect(await two.delta([], range(3, 2))).toMatchObject({ contacts_removed: 3 });
    expect(await hashesOf(owner)).toEqual(hashes([0, 5, 9]));
  });

  test("a merge's token is of all that the device holds", async () => {
    const owner = randomUUID();
    const phone = new Phone(contactSync(), owner);
    await phone.full(range(5));
    const other = new Phone(contactSync(), owner, "other");
    await other.full(range(3, 40));
    const more = range(3, 4).map(hashOf);
    const merged = await contactSync().syncPhoneHashes(owner, more, 7, { deviceId: "phone-1" });
    expect(merged.contacts_inserted).toBe(2);
    Object.assign(phone, { has: new Set(range(7)), token: merged.sync_token });
    expect(await phone.delta([7], [0])).toMatchObject({ contacts_inserted: 1 });
    const first = await contactSync().syncPhoneHashes(owner, more, 3, { deviceId: "new" });
    const another = new Phone(contactSync(), owner, "new");
    Object.assign(another, { has: new Set(range(3, 4)), token: first.sync_token });
    await another.delta([], [4]);
  });

  test("a merge has no token where the device's set changed before its digest was read", async () => {
    const owner = randomUUID();
    const pool = database().pool;
    let between = async () => {};
    const library = await openContactSync(database(), {
      database: {
        async query(text: string, values: unknown[]) {
          if (text.includes("contact_sync_device_keys")) await between();
          return pool.query(text, values);
        },
        transaction: () => Promise.reject(new Error("no transaction")),
      } as never,
    });
    const phone = new Phone(contactSync(), owner);
    await phone.full(range(3));
    const merge = () => library.syncPhoneHashes(owner, [hashOf(5)], 1, { deviceId: "phone-1" });
    between = async () => {
      await phone.full(range(7));
    };
    expect(await merge()).toMatchObject({ total_processed: 1, sync_token: null });
    expect(await phone.delta()).toMatchObject({ total_processed: 0 });
    between = async () => {};
    expect((await merge()).sync_token).toEqual(expect.any(String));
  });

  test.each([
    "",
    "a b",
    "ä",
    "x".repeat(65),
    "a/b",
    7,
    null,
    {},
  ])("is refused by the name %j", async (deviceId) => {
    const owner = randomUUID();
    const options = { deviceId: deviceId as string };
    const error = await refusal(
      contactSync().syncPhoneHashes(owner, [], 0, options),
      "INVALID_ARGUMENT",
    );
    expect(error.message).toContain("deviceId must be 1 to 64");
    await refusal(contactSync().forgetDevice(owner, deviceId as string), "INVALID_ARGUMENT");
    const session = { ...options, deviceContactsCount: 0 };
    await refusal(contactSync().beginSession(owner, session), "INVALID_ARGUMENT");
  });

  test("is listed, the one heard of last first, and can be forgotten", async () => {
    const owner = randomUUID();
    expect(await contactSync().listDevices(owner)).toEqual([]);
    const [one, two] = ["a.1", "B_2-"].map((id) => new Phone(contactSync(), owner, id)) as [
      Phone,
      Phone,
    ];
    await one.full(range(4));
    await two.full(range(3, 2));
    expect(await contactSync().listDevices(owner)).toEqual([
      { device_id: "B_2-", contacts_count: 3, ...times() },
      { device_id: "a.1", contacts_count: 4, ...times() },
    ]);
    expect(await contactSync().forgetDevice(owner, "a.1")).toEqual({ contacts_removed: 2 });
    expect(await hashesOf(owner)).toEqual(hashes(range(3, 2)));
    expect(await contactSync().listDevices(owner)).toMatchObject([{ device_id: "B_2-" }]);
    await refusal(one.delta(), "SYNC_TOKEN_EXPIRED");
    await refusal(contactSync().forgetDevice(owner, "a.1"), "DEVICE_NOT_FOUND");
    await refusal(contactSync().forgetDevice(randomUUID(), "B_2-"), "DEVICE_NOT_FOUND");
    expect(await two.delta()).toMatchObject({ total_processed: 0 });
  });

  test("takes the place of the one silent longest, where there are 14 already", async () => {
    const owner = randomUUID();
    const phones = range(MAX_DEVICES_PER_OWNER + 1).map(
      (n) => new Phone(contactSync(), owner, `device-${n}`),
    );
    for (const [n, phone] of phones.entries()) await phone.full([n, 100]);
    const devices = await contactSync().listDevices(owner);
    expect(devices).toHaveLength(MAX_DEVICES_PER_OWNER);
    expect(devices.map(({ device_id }) => device_id)).not.toContain("device-0");
    expect(await hashesOf(owner)).toEqual(hashes([...range(MAX_DEVICES_PER_OWNER, 1), 100]));
    await refusal((phones[0] as Phone).delta(), "SYNC_TOKEN_EXPIRED");
  });

  test("keeps a removed contact's choices for as long as createContactSync says", async () => {
    const fresh = await server.createDatabase();
    const kept = await openContactSync(fresh, { keepChoicesDays: 10 });
    const owner = randomUUID();
    const phone = new Phone(kept, owner);
    await phone.full(range(4));
    await kept.setFavorite(owner, hashOf(1), true);
    await phone.delta([], [1]);
    await phone.delta([1], []);
    expect(await kept.findContact(owner, hashOf(1))).toMatchObject({ is_favorite: true });
    const none = await openContactSync(fresh, { keepChoicesDays: 0 });
    await phone.delta([], [1]);
    await phone.delta([1], []);
    expect(await none.findContact(owner, hashOf(1))).toMatchObject({ is_favorite: false });
    await refusal(openContactSync(fresh, { keepChoicesDays: -1 }), "INVALID_ARGUMENT");
    await refusal(openContactSync(fresh, { keepChoicesDays: 3_651 }), "INVALID_ARGUMENT");
  });

  test("works in an unsealed database, in each process alike", async () => {
    const fresh = await server.createDatabase();
    const [one, other] = [
      await openContactSync(fresh, { key: null }),
      await openContactSync(fresh, { key: null }),
    ];
    const owner = randomUUID();
    const phone = new Phone(one, owner);
    await phone.full(range(2));
    const elsewhere = new Phone(other, owner);
    Object.assign(elsewhere, { has: phone.has, token: phone.token });
    expect(await elsewhere.delta([2], [0])).toMatchObject({ contacts_removed: 1 });
    const { cursor } = await one.listChanges(owner);
    const friend = randomUUID();
    await one.link(friend, numberOf(1));
    expect(await other.listChanges(owner, { since: cursor })).toMatchObject({
      changes: [{ phone_hash: hashOf(1), user_id: friend }],
    });
    expect(elsewhere.digest).toBe(digestOf(range(2, 1).map(hashOf)));
  });
});

function times() {
  const recent = expect.toSatisfy(
    (time: unknown) => time instanceof Date && Math.abs(Date.now() - time.getTime()) < 600_000,
  );
  return { created_at: recent, last_seen_at: recent };
}
