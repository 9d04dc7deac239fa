import { randomUUID } from "node:crypto";
import { EMPTY_DIGEST, type ErrorCode } from "@contact-sync/client";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import {
  hashOf,
  numberOf,
  numbers,
  refusal,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";
import { fingerprint } from "./fingerprint.ts";
import {
  MEGABYTES_10,
  NO_COUNTS,
  NO_HASHES,
  NO_OPTIONS,
  NO_UUIDS,
  nameOf,
  REVOKED,
  TRAP,
  throwing,
  UNPRINTABLE,
} from "./values.ts";

type Call = (contactSync: ContactsWithAccounts, hostile: never) => Promise<unknown>;

const owner_id = randomUUID();
const user = randomUUID();
const contact = { owner_id, phone_hash: hashOf(1) };
const phoneNumber = numberOf(1);

/** Each place of an argument, with what does not belong there and the code it is refused with. */
const PLACES: [place: string, code: ErrorCode, hostile: readonly unknown[], call: Call][] = [
  ["syncContacts, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.syncContacts(x, numbers(9), 9)],
  [
    "bulkInsertContacts, owner",
    "INVALID_CONTACT",
    NO_UUIDS,
    (e, x) => e.bulkInsertContacts([{ ...contact, owner_id: x }]),
  ],
  [
    "bulkInsertContacts, linked user",
    "INVALID_CONTACT",
    NO_UUIDS.slice(2),
    (e, x) => e.bulkInsertContacts([{ ...contact, linked_user_id: x }]),
  ],
  ["create, owner", "INVALID_CONTACT", NO_UUIDS, (e, x) => e.create({ ...contact, owner_id: x })],
  ["listContacts, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.listContacts(x)],
  ["link, user", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.link(x, phoneNumber)],
  [
    "linkMany, user",
    "INVALID_ARGUMENT",
    NO_UUIDS,
    (e, x) => e.linkMany([{ userId: x, phoneNumber }]),
  ],
  [
    "unlink, user",
    "INVALID_ARGUMENT",
    NO_UUIDS.slice(1),
    (e, x) => e.unlink(phoneNumber, { userId: x }),
  ],
  ["eraseUser", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.eraseUser(x)],
  ["deleteAllContacts", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.deleteAllContacts(x)],
  [
    "getSyncStatistics, owner",
    "INVALID_ARGUMENT",
    NO_UUIDS.slice(1),
    (e, x) => e.getSyncStatistics(30, { ownerId: x }),
  ],

  [
    "syncPhoneHashes, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.syncPhoneHashes(owner_id, [hashOf(90), x], 2),
  ],
  [
    "bulkInsertContacts, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.bulkInsertContacts([contact, { owner_id, phone_hash: x }]),
  ],
  [
    "setFavorite, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.setFavorite(owner_id, x, true),
  ],
  [
    "recordInteraction, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.recordInteraction(owner_id, x),
  ],
  [
    "deleteContacts, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.deleteContacts(owner_id, [hashOf(1), x]),
  ],
  ["findContact, hash", "INVALID_PHONE_HASH", NO_HASHES, (e, x) => e.findContact(owner_id, x)],
  [
    "linkMany, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES.slice(1),
    (e, x) => e.linkMany([{ userId: user, phoneHash: x }]),
  ],

  [
    "syncContacts, device count",
    "INVALID_ARGUMENT",
    NO_COUNTS,
    (e, x) => e.syncContacts(owner_id, numbers(9), x),
  ],
  [
    "syncContacts, batch size",
    "INVALID_BATCH_SIZE",
    [0, -0, 1001, ...NO_COUNTS.slice(1)],
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, { batchSize: x }),
  ],
  [
    "bulkInsertContacts, batch size",
    "INVALID_BATCH_SIZE",
    [0, 1001, ...NO_COUNTS.slice(1)],
    (e, x) => e.bulkInsertContacts([contact], { batchSize: x }),
  ],
  ["getOptimalBatchSize", "INVALID_ARGUMENT", NO_COUNTS, (e, x) => e.getOptimalBatchSize(x)],
  [
    "estimateSyncPerformance",
    "INVALID_ARGUMENT",
    NO_COUNTS,
    (e, x) => e.estimateSyncPerformance(x),
  ],
  [
    "getSyncStatistics, days",
    "INVALID_ARGUMENT",
    [0, 366, ...NO_COUNTS.slice(1)],
    (e, x) => e.getSyncStatistics(x),
  ],
  [
    "listContacts, limit",
    "INVALID_ARGUMENT",
    [0, 1001, ...NO_COUNTS.slice(1)],
    (e, x) => e.listContacts(owner_id, { limit: x }),
  ],
  [
    "listContacts, cursor",
    "INVALID_ARGUMENT",
    NO_HASHES.slice(1),
    (e, x) => e.listContacts(owner_id, { cursor: x }),
  ],

  [
    "syncContacts, options",
    "INVALID_ARGUMENT",
    NO_OPTIONS,
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, x),
  ],
  [
    "bulkInsertContacts, options",
    "INVALID_ARGUMENT",
    NO_OPTIONS,
    (e, x) => e.bulkInsertContacts([contact], x),
  ],
  ["listContacts, options", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.listContacts(owner_id, x)],
  ["link, options", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.link(user, phoneNumber, x)],
  [
    "linkMany, options",
    "INVALID_ARGUMENT",
    NO_OPTIONS,
    (e, x) => e.linkMany([{ userId: user, phoneNumber }], x),
  ],
  ["unlink, options", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.unlink(phoneNumber, x)],
  [
    "getSyncStatistics, options",
    "INVALID_ARGUMENT",
    NO_OPTIONS,
    (e, x) => e.getSyncStatistics(30, x),
  ],
];

const times = [
  ...NO_HASHES.slice(2),
  1_700_000_000_000,
  "2026-02-30",
  new Date(Number.NaN),
  "now",
  "infinity",
];
const lists = [
  ...[undefined, null, 7, 10n, Symbol("list"), TRAP, REVOKED, () => [], new Set([phoneNumber])],
  { length: 1, 0: phoneNumber },
  { [Symbol.asyncIterator]: 5 },
  new Proxy([phoneNumber], { get: () => (REVOKED as string[]).length }),
];
const region = ["", "EGY", "+20", 20, TRAP, UNPRINTABLE, "e\0", "'; drop table phones", "ﬀ"];

const delta = { syncToken: "", digest: EMPTY_DIGEST, added: [], removed: [] };
const session = randomUUID();
const commit = { parts: 0, digest: EMPTY_DIGEST };
const noDevice = [...NO_HASHES.slice(1), "", "a b", "x".repeat(65), "d\0", "ﬀ", "../x"].filter(
  (value) => typeof value !== "string" || !/^[\w.-]{1,64}$/.test(value),
);
const noDigest = [...NO_HASHES, "0-0", "01-".padEnd(35, "0"), "-1-".padEnd(35, "0")];
const noChoice = ["", "Nobody", "toString", "__proto__", "mutual ", ["nobody"], 0, false, TRAP];
const noBooleans = [0, 1, "true", [], TRAP];

PLACES.push(
  ["syncDelta, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.syncDelta(x, delta)],
  ["listChanges, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.listChanges(x)],
  ["listDevices, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.listDevices(x)],
  ["forgetDevice, owner", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.forgetDevice(x, "a")],
  [
    "beginSession, owner",
    "INVALID_ARGUMENT",
    NO_UUIDS,
    (e, x) => e.beginSession(x, { deviceId: "a", deviceContactsCount: 0 }),
  ],
  [
    "putSessionPart, session",
    "INVALID_ARGUMENT",
    NO_UUIDS,
    (e, x) => e.putSessionPart(owner_id, x, 0, []),
  ],
  [
    "commitSession, session",
    "INVALID_ARGUMENT",
    NO_UUIDS,
    (e, x) => e.commitSession(owner_id, x, commit),
  ],
  [
    "syncContacts, device",
    "INVALID_ARGUMENT",
    noDevice,
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, { deviceId: x }),
  ],
  [
    "setDiscoverability, user",
    "INVALID_ARGUMENT",
    NO_UUIDS,
    (e, x) => e.setDiscoverability(x, "nobody"),
  ],
  [
    "setDiscoverability, choice",
    "INVALID_ARGUMENT",
    [undefined, ...noChoice],
    (e, x) => e.setDiscoverability(owner_id, x),
  ],
  ["getDiscoverability, user", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.getDiscoverability(x)],
  ["blockUser, user", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.blockUser(x, owner_id)],
  ["blockUser, blocked", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.blockUser(owner_id, x)],
  ["unblockUser, user", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.unblockUser(x, owner_id)],
  ["unblockUser, blocked", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.unblockUser(owner_id, x)],
  ["listBlockedUsers, user", "INVALID_ARGUMENT", NO_UUIDS, (e, x) => e.listBlockedUsers(x)],
  ["forgetDevice, device", "INVALID_ARGUMENT", noDevice, (e, x) => e.forgetDevice(owner_id, x)],
  [
    "beginSession, device",
    "INVALID_ARGUMENT",
    noDevice,
    (e, x) => e.beginSession(owner_id, { deviceId: x, deviceContactsCount: 0 }),
  ],
  [
    "beginSession, device count",
    "INVALID_ARGUMENT",
    NO_COUNTS,
    (e, x) => e.beginSession(owner_id, { deviceId: "a", deviceContactsCount: x }),
  ],
  [
    "putSessionPart, part",
    "INVALID_ARGUMENT",
    [10_000, ...NO_COUNTS],
    (e, x) => e.putSessionPart(owner_id, session, x, []),
  ],
  [
    "putSessionPart, hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.putSessionPart(owner_id, session, 0, [hashOf(1), x]),
  ],
  [
    "putSessionPart, list",
    "INVALID_ARGUMENT",
    lists,
    (e, x) => e.putSessionPart(owner_id, session, 0, x),
  ],
  [
    "commitSession, parts",
    "INVALID_ARGUMENT",
    NO_COUNTS,
    (e, x) => e.commitSession(owner_id, session, { ...commit, parts: x }),
  ],
  [
    "commitSession, digest",
    "INVALID_ARGUMENT",
    noDigest,
    (e, x) => e.commitSession(owner_id, session, { ...commit, digest: x }),
  ],
  [
    "commitSession, settings",
    "INVALID_ARGUMENT",
    NO_OPTIONS,
    (e, x) => e.commitSession(owner_id, session, x),
  ],
  [
    "syncDelta, token",
    "SYNC_TOKEN_EXPIRED",
    [...NO_HASHES, hashOf(1), "A".repeat(160)],
    (e, x) => e.syncDelta(owner_id, { ...delta, syncToken: x }),
  ],
  [
    "syncDelta, digest",
    "INVALID_ARGUMENT",
    noDigest,
    (e, x) => e.syncDelta(owner_id, { ...delta, digest: x }),
  ],
  [
    "syncDelta, added hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.syncDelta(owner_id, { ...delta, added: [x] }),
  ],
  [
    "syncDelta, removed hash",
    "INVALID_PHONE_HASH",
    NO_HASHES,
    (e, x) => e.syncDelta(owner_id, { ...delta, removed: [hashOf(1), x] }),
  ],
  [
    "syncDelta, added",
    "INVALID_ARGUMENT",
    lists,
    (e, x) => e.syncDelta(owner_id, { ...delta, added: x }),
  ],
  [
    "syncDelta, removed",
    "INVALID_ARGUMENT",
    lists,
    (e, x) => e.syncDelta(owner_id, { ...delta, removed: x }),
  ],
  [
    "syncDelta, confirmation",
    "INVALID_ARGUMENT",
    noBooleans,
    (e, x) => e.syncDelta(owner_id, { ...delta, confirmRemoval: x }),
  ],
  ["syncDelta, delta", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.syncDelta(owner_id, x)],
  ["syncDelta, options", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.syncDelta(owner_id, delta, x)],
  [
    "listChanges, since",
    "INVALID_ARGUMENT",
    NO_HASHES.slice(1),
    (e, x) => e.listChanges(owner_id, { since: x }),
  ],
  [
    "listChanges, limit",
    "INVALID_ARGUMENT",
    [0, 1001, ...NO_COUNTS.slice(1)],
    (e, x) => e.listChanges(owner_id, { limit: x }),
  ],
  ["listChanges, options", "INVALID_ARGUMENT", NO_OPTIONS, (e, x) => e.listChanges(owner_id, x)],
  [
    "link, announcement",
    "INVALID_ARGUMENT",
    noBooleans,
    (e, x) => e.link(user, phoneNumber, { announce: x }),
  ],
  [
    "recordInteraction, time",
    "INVALID_ARGUMENT",
    times,
    (e, x) => e.recordInteraction(owner_id, hashOf(1), x),
  ],
  ["link, time", "INVALID_ARGUMENT", times, (e, x) => e.link(user, phoneNumber, { verifiedAt: x })],
  [
    "bulkInsertContacts, time",
    "INVALID_CONTACT",
    times,
    (e, x) => e.bulkInsertContacts([{ ...contact, last_interaction: x }]),
  ],
  [
    "bulkInsertContacts, favourite",
    "INVALID_CONTACT",
    [0, 1, "true", "t", [], TRAP],
    (e, x) => e.bulkInsertContacts([{ ...contact, is_favorite: x }]),
  ],
  [
    "setFavorite, favourite",
    "INVALID_ARGUMENT",
    [undefined, null, 0, "true", TRAP],
    (e, x) => e.setFavorite(owner_id, hashOf(1), x),
  ],
  ["syncContacts, list", "INVALID_ARGUMENT", lists, (e, x) => e.syncContacts(owner_id, x, 9)],
  ["bulkInsertContacts, list", "INVALID_ARGUMENT", lists, (e, x) => e.bulkInsertContacts(x)],
  ["deleteContacts, list", "INVALID_ARGUMENT", lists, (e, x) => e.deleteContacts(owner_id, x)],
  ["linkMany, list", "INVALID_ARGUMENT", lists, (e, x) => e.linkMany(x)],
  ["unlink, list", "INVALID_ARGUMENT", lists, (e, x) => e.unlink(x)],
  [
    "syncContacts, region",
    "INVALID_REGION",
    region,
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, { defaultRegion: x }),
  ],
  [
    "link, region",
    "INVALID_REGION",
    region,
    (e, x) => e.link(user, phoneNumber.slice(1), { defaultRegion: x }),
  ],
  [
    "syncContacts, mode",
    "INVALID_ARGUMENT",
    ["", "REPLACE", "delta", 1, TRAP, ["replace"]],
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, { mode: x }),
  ],
  [
    "syncContacts, confirmation",
    "INVALID_ARGUMENT",
    ["true", 1, TRAP, {}],
    (e, x) => e.syncContacts(owner_id, [], 0, { mode: "replace", confirmRemoval: x }),
  ],
  [
    "syncContacts, onProgress",
    "INVALID_ARGUMENT",
    ["log", 1, TRAP, {}],
    (e, x) => e.syncContacts(owner_id, numbers(9), 9, { onProgress: x }),
  ],
  [
    "bulkInsertContacts, signal",
    "INVALID_ARGUMENT",
    ["stop", 1, {}, { aborted: "no" }],
    (e, x) => e.bulkInsertContacts([contact], { signal: x }),
  ],
  [
    "bulkInsertContacts, item",
    "INVALID_CONTACT",
    [
      undefined,
      null,
      7,
      "x",
      [],
      TRAP,
      REVOKED,
      throwing("owner_id"),
      throwing("phone_hash"),
      { __proto__: null },
      JSON.parse('{"__proto__": {"owner_id": "x"}}'),
    ],
    (e, x) => e.bulkInsertContacts([contact, x]),
  ],
  [
    "linkMany, entry",
    "INVALID_ARGUMENT",
    [undefined, null, 7, "x", TRAP, REVOKED, throwing("userId"), throwing("phoneHash"), []],
    (e, x) => e.linkMany([{ userId: user, phoneNumber }, x]),
  ],
  [
    "unlink, number",
    "INVALID_PHONE_NUMBER",
    [undefined, null, 7, TRAP, UNPRINTABLE, "", "\0", "\ud800", "1".repeat(MEGABYTES_10), "'--"],
    (e, x) => e.unlink([phoneNumber, x]),
  ],
);

describePostgres("hostile arguments", (server) => {
  const { contactSync, database } = useContactSync(server);
  let before: Awaited<ReturnType<typeof fingerprint>>;

  beforeAll(async () => {
    await contactSync().syncContacts(owner_id, numbers(8), 8);
    await contactSync().link(user, phoneNumber, { verifiedAt: "2026-01-01" });
    before = await fingerprint(database());
  });

  afterEach(async () => {
    expect(await fingerprint(database())).toEqual(before);
  });

  test("are well over a hundred", () => {
    expect(PLACES.flatMap(([, , hostile]) => hostile).length).toBeGreaterThan(400);
  });

  describe.each(PLACES)("%s", (_, code, hostile, call) => {
    test(`is ${code} and changes nothing`, async () => {
      for (const value of hostile) {
        await refusal(call(contactSync(), value as never), code).catch((failure) => {
          throw new Error(`for ${nameOf(value)}`, { cause: failure });
        });
      }
    });
  });

  test("more than 10,000 in one call, sparse ones included, are over the limit", async () => {
    const sparse: never[] = [];
    sparse.length = 2 ** 32 - 1;
    for (const list of [sparse, new Array(10_001).fill(phoneNumber)]) {
      await refusal(contactSync().syncContacts(owner_id, list, 9), "CONTACTS_LIMIT_EXCEEDED");
      await refusal(contactSync().bulkInsertContacts(list as never), "CONTACTS_LIMIT_EXCEEDED");
      await refusal(contactSync().linkMany(list as never), "CONTACTS_LIMIT_EXCEEDED");
      await refusal(contactSync().unlink(list), "CONTACTS_LIMIT_EXCEEDED");
      await refusal(contactSync().deleteContacts(owner_id, list), "CONTACTS_LIMIT_EXCEEDED");
    }
  });

  test("what JSON calls __proto__ sets no option and no field", async () => {
    const polluted = JSON.parse(
      '{"__proto__": {"mode": "replace", "confirmRemoval": true}, "constructor": {"prototype": {"mode": "replace"}}}',
    );
    await refusal(contactSync().listContacts(owner_id, polluted), "INVALID_ARGUMENT");
    // A replace by this list would remove seven contacts.
    await refusal(
      contactSync().syncContacts(owner_id, numbers(1), 1, polluted),
      "INVALID_ARGUMENT",
    );
    expect(({} as { mode?: string }).mode).toBeUndefined();
    expect(
      await refusal(
        contactSync().bulkInsertContacts([JSON.parse(`{"__proto__": ${JSON.stringify(contact)}}`)]),
        "INVALID_CONTACT",
      ),
    ).toMatchObject({ index: 0 });
  });

  test("a stream that can't be read from the start has no contacts", async () => {
    const broken: [unknown, ErrorCode][] = [
      [{ [Symbol.asyncIterator]: () => ({}) }, "INVALID_ARGUMENT"],
      [{ [Symbol.asyncIterator]: () => null }, "INVALID_ARGUMENT"],
      [{ [Symbol.asyncIterator]: () => TRAP }, "INVALID_ARGUMENT"],
      [streamOf([contact, null]), "INVALID_CONTACT"],
      [streamOf([{ ...contact, phone_hash: "x" }]), "INVALID_PHONE_HASH"],
    ];
    for (const [stream, code] of broken) {
      await refusal(contactSync().bulkInsertContacts(stream as never), code);
    }
  });
});
