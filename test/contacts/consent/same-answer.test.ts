// Not registered, not to be found, and blocked: one answer, of whatever can be asked.
import { digestOf } from "@contact-sync/client";
import { beforeAll, describe, expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../../src/index.ts";
import { describePostgres, type PostgresUnderTest } from "../../support/postgres.ts";
import { numberOf, streamOf } from "../../support/use-contact-sync.ts";
import {
  AYLIN,
  AYLINS,
  BERTA,
  BERTAS,
  ERASED,
  GIVEN,
  hashes,
  KINDS,
  type Kind,
  NOBODYS,
  NOT_REGISTERED,
  OMAR,
  OMARS,
  openWorld,
  settled,
  stored,
  type World,
} from "./world.ts";

const OTHERS = [NOBODYS, OMARS, GIVEN];
const BOOK = [AYLINS, BERTAS, ...OTHERS];
const [AYLINS_HASH = ""] = hashes(AYLINS);
const numbers = (...ns: number[]) => ns.map(numberOf);
const DEVICE = { deviceId: "phone", mode: "replace" } as const;

/** What goes from one step to a later one. */
interface Memory {
  token: string;
  since: string;
  session: string;
}

type Step = [
  method: keyof ContactsWithAccounts,
  ask: (all: ContactsWithAccounts, memory: Memory) => Promise<unknown>,
];

/** All that tells Omar, or of Omar, something of others; each by all that it may be asked. */
const STEPS: Step[] = [
  ["listContacts", (all) => all.listContacts(OMAR)],
  ["summarizeContacts", (all) => all.summarizeContacts(OMAR)],
  ["findContact", (all) => all.findContact(OMAR, AYLINS_HASH)],
  ["setFavorite", (all) => all.setFavorite(OMAR, AYLINS_HASH, true).catch(codeOf)],
  ["listChanges", (all, { since }) => all.listChanges(OMAR, { since })],
  ["syncContacts", (all) => all.syncContacts(OMAR, numbers(...BOOK, AYLINS), 5)],
  ["syncContacts", (all) => all.syncContacts(OMAR, numbers(...BOOK), 4, { mode: "replace" })],
  ["syncContacts", (all) => all.syncContacts(OMAR, streamOf(numbers(...BOOK, 7)), null)],
  ["syncPhoneHashes", (all) => all.syncPhoneHashes(OMAR, hashes(AYLINS), 1)],
  ["syncPhoneHashes", (all) => all.syncPhoneHashes(OMAR, streamOf(hashes(...BOOK)), null)],
  [
    "syncPhoneHashes",
    (all) => all.syncPhoneHashes(OMAR, streamOf(hashes(...BOOK, 8)), null, { mode: "replace" }),
  ],
  [
    "syncPhoneHashes",
    async (all, memory) => {
      const result = await all.syncPhoneHashes(OMAR, hashes(...BOOK), 4, DEVICE);
      memory.token = result.sync_token ?? "";
      return result;
    },
  ],
  ["syncDelta", (all, { token }) => all.syncDelta(OMAR, deltaOf(token, BOOK, []))],
  [
    "syncDelta",
    async (all, memory) => {
      const result = await all.syncDelta(OMAR, deltaOf(memory.token, [...BOOK, 9], [9]));
      memory.token = result.sync_token;
      return result;
    },
  ],
  [
    "syncDelta",
    async (all, memory) => {
      const rest = [BERTAS, ...OTHERS, 9];
      const result = await all.syncDelta(OMAR, deltaOf(memory.token, rest, [], [AYLINS]));
      memory.token = result.sync_token;
      return result;
    },
  ],
  ["listChanges", (all, { since }) => all.listChanges(OMAR, { since })],
  ["syncDelta", (all, { token }) => all.syncDelta(OMAR, deltaOf(token, [...BOOK, 9], [AYLINS]))],
  [
    "beginSession",
    async (all, memory) => {
      const session = await all.beginSession(OMAR, { deviceId: "tablet", deviceContactsCount: 2 });
      memory.session = session.session_id;
      return session;
    },
  ],
  ["putSessionPart", (all, { session }) => all.putSessionPart(OMAR, session, 0, hashes(AYLINS))],
  ["putSessionPart", (all, { session }) => all.putSessionPart(OMAR, session, 1, hashes(BERTAS))],
  [
    "commitSession",
    (all, { session }) =>
      all.commitSession(OMAR, session, { parts: 2, digest: digestOf(hashes(AYLINS, BERTAS)) }),
  ],
  ["create", (all) => all.create({ owner_id: OMAR, phone_hash: AYLINS_HASH })],
  ["create", (all) => all.create({ owner_id: OMAR, phone_hash: AYLINS_HASH, is_favorite: true })],
  ["bulkInsertContacts", (all) => all.bulkInsertContacts(itemsOf(...BOOK, 10))],
  ["bulkInsertContacts", (all) => all.bulkInsertContacts(streamOf(itemsOf(...BOOK, 11)))],
  ["listContacts", (all) => all.listContacts(OMAR)],
  ["listContacts", (all) => all.listContacts(OMAR, { linked: true })],
  ["listContacts", (all) => all.listContacts(OMAR, { linked: true, limit: 1 })],
  ["listContacts", (all) => all.listContacts(OMAR, { favorites: true })],
  ["findContact", (all) => all.findContact(OMAR, AYLINS_HASH)],
  ["summarizeContacts", (all) => all.summarizeContacts(OMAR)],
  ["getSyncStatus", (all) => all.getSyncStatus(OMAR)],
  ["getSyncStatistics", (all) => all.getSyncStatistics(30, { ownerId: OMAR })],
  ["getSyncStatistics", (all) => all.getSyncStatistics()],
  ["setFavorite", (all) => all.setFavorite(OMAR, AYLINS_HASH, false)],
  ["recordInteraction", (all) => all.recordInteraction(OMAR, AYLINS_HASH)],
  ["listDevices", (all) => all.listDevices(OMAR)],
  ["exportUser", async (all) => JSON.parse(await textOf(await all.exportUser(OMAR)))],
  ["blockUser", (all) => all.blockUser(OMAR, AYLIN)],
  ["listBlockedUsers", (all) => all.listBlockedUsers(OMAR)],
  ["unblockUser", (all) => all.unblockUser(OMAR, AYLIN)],
  ["setDiscoverability", (all) => all.setDiscoverability(OMAR, "mutual")],
  ["getDiscoverability", (all) => all.getDiscoverability(OMAR)],
  ["deleteContacts", (all) => all.deleteContacts(OMAR, hashes(AYLINS))],
  ["listChanges", (all, { since }) => all.listChanges(OMAR, { since })],
  ["syncContacts", (all) => all.syncContacts(OMAR, numbers(AYLINS), 1)],
  ["forgetDevice", (all) => all.forgetDevice(OMAR, "phone")],
  ["deleteAllContacts", (all) => all.deleteAllContacts(OMAR)],
  ["listChanges", (all, { since }) => all.listChanges(OMAR, { since })],
  ["syncContacts", (all) => all.syncContacts(OMAR, numbers(...BOOK), 4)],
];

// What says nothing of anybody to anybody, and what the app's back end does to the directory.
const OTHER_METHODS: (keyof ContactsWithAccounts)[] = [
  "getOptimalBatchSize",
  "estimateSyncPerformance",
  "link",
  "linkMany",
  "unlink",
  "linkPendingPhones",
  "startUpkeep",
  "eraseUser",
  "receiptKeys",
  "forgetNumber",
  "liftNumber",
  "getRetention",
  "applyRetention",
  "listSuspects",
  "releaseOwner",
  "rotateKey",
  "rotationState",
  "close",
];

/** When Omar comes: before or after somebody hid, and before or after the linker did. */
const MOMENTS = {
  "from the start": async (world: World, kind: Kind) => {
    await kind.hide(world);
    await world.database.pool.query("delete from contact_sync_outbox");
  },
  "after having been found": async (world: World, kind: Kind) => {
    await world.contactSync.syncContacts(OMAR, numbers(...BOOK), 4);
    await kind.hide(world);
  },
  "after having been found, before the linker": async (world: World, kind: Kind) => {
    await world.contactSync.syncContacts(OMAR, numbers(...BOOK), 4);
    await world.database.pool.query(kind.hideAtOnce);
  },
  "after having been found, linked silently": async (world: World, kind: Kind) => {
    await linkedSilently(world);
    await world.contactSync.syncContacts(OMAR, numbers(...BOOK), 4);
    await kind.hide(world);
  },
  "after having been found, linked silently, before the linker": async (
    world: World,
    kind: Kind,
  ) => {
    await linkedSilently(world);
    await world.contactSync.syncContacts(OMAR, numbers(...BOOK), 4);
    await world.database.pool.query(kind.hideAtOnce);
  },
  "after a link to them was given": async (world: World, kind: Kind) => {
    await givenALink(world);
    await kind.hide(world);
  },
  "after a link to them was given, before the linker": async (world: World, kind: Kind) => {
    await givenALink(world);
    await world.database.pool.query(kind.hideAtOnce);
  },
};

/** What the kinds must not be told from. A given link is gone at once with an erasure, row and all. */
const REFERENCES: Record<keyof typeof MOMENTS, Kind> = {
  "from the start": NOT_REGISTERED,
  "after having been found": NOT_REGISTERED,
  "after having been found, before the linker": NOT_REGISTERED,
  "after having been found, linked silently": NOT_REGISTERED,
  "after having been found, linked silently, before the linker": NOT_REGISTERED,
  "after a link to them was given": ERASED,
  "after a link to them was given, before the linker": KINDS[0] as Kind,
};

async function linkedSilently({ contactSync }: World) {
  await contactSync.link(AYLIN, numberOf(AYLINS), { announce: false });
}

async function givenALink({ contactSync }: World) {
  const [phone_hash = ""] = hashes(GIVEN);
  await contactSync.bulkInsertContacts([{ owner_id: OMAR, phone_hash, linked_user_id: AYLIN }]);
}

async function walk(server: PostgresUnderTest, kind: Kind, moment: keyof typeof MOMENTS) {
  const world = await openWorld(server);
  const memory: Memory = { token: "", since: "", session: "" };
  await world.contactSync.syncContacts(OMAR, numbers(12), 1);
  memory.since = (await world.contactSync.listChanges(OMAR)).cursor;
  await MOMENTS[moment](world, kind);
  const told: [string, unknown][] = [];
  for (const [method, ask] of STEPS) {
    told.push([method, settled(await ask(world.contactSync, memory))]);
    told.push([`rows after ${method}`, await stored(world)]);
  }
  await world.contactSync.close();
  await world.database.drop();
  return told;
}

describePostgres("who is not there, for an owner", (server) => {
  test("is asked for by every method that may name somebody", async () => {
    const { contactSync, database } = await openWorld(server);
    const methods = [...STEPS.map(([method]) => method), ...OTHER_METHODS];
    expect([...new Set(methods)].sort()).toEqual(Object.keys(contactSync).sort());
    await contactSync.close();
    await database.drop();
  });

  describe.each(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[])("%s", (moment) => {
    let expected: [string, unknown][];
    beforeAll(async () => {
      expected = await walk(server, REFERENCES[moment], moment);
    });

    test("names somebody who may be found, and nobody else", () => {
      const told = expected.filter(([step]) => !/^rows|Block/.test(step));
      expect(JSON.stringify(told)).toContain(`"user_id":"${BERTA}"`);
      expect(JSON.stringify(told)).not.toContain(AYLIN);
    });

    test.each(KINDS)("$name is as not registered, in every answer", async (kind) => {
      const told = await walk(server, kind, moment);
      for (const [place, step] of told.entries()) {
        expect(step, `step ${place}, ${step[0]}`).toEqual(expected[place]);
      }
    });
  });
});

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code;
}

function deltaOf(syncToken: string, now: number[], added: number[], removed: number[] = []) {
  return {
    syncToken,
    digest: digestOf(hashes(...now)),
    added: hashes(...added),
    removed: hashes(...removed),
  };
}

function itemsOf(...ns: number[]) {
  return hashes(...ns).map((phone_hash) => ({ owner_id: OMAR, phone_hash }));
}
