import { randomUUID } from "node:crypto";
import { digestOf } from "@contact-sync/client";
import { expect, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, refusal, streamOf } from "../support/use-contact-sync.ts";

const OTHER_KEY = "0a".repeat(32);
const OWNER = randomUUID();

const DEVICE = { deviceId: "phone", mode: "replace" } as const;
const SESSION = randomUUID();

/** Each operation, as it would be called; all of them reach the database. */
const OPERATIONS: {
  [Name in keyof ContactsWithAccounts]?: (all: ContactsWithAccounts, syncToken: string) => unknown;
} = {
  create: (all) => all.create({ owner_id: OWNER, phone_hash: hashOf(1) }),
  bulkInsertContacts: (all) => all.bulkInsertContacts([{ owner_id: OWNER, phone_hash: hashOf(1) }]),
  syncContacts: (all) => all.syncContacts(OWNER, [numberOf(1)], 1),
  syncPhoneHashes: (all) => all.syncPhoneHashes(OWNER, streamOf([hashOf(1)]), 1),
  syncDelta: (all, syncToken) =>
    all.syncDelta(OWNER, { syncToken, digest: digestOf([hashOf(1)]), added: [], removed: [] }),
  beginSession: (all) => all.beginSession(OWNER, { ...DEVICE, deviceContactsCount: 1 }),
  putSessionPart: (all) => all.putSessionPart(OWNER, SESSION, 0, [hashOf(1)]),
  commitSession: (all) =>
    all.commitSession(OWNER, SESSION, { parts: 1, digest: digestOf([hashOf(1)]) }),
  listChanges: (all) => all.listChanges(OWNER),
  listDevices: (all) => all.listDevices(OWNER),
  forgetDevice: (all) => all.forgetDevice(OWNER, DEVICE.deviceId),
  getOptimalBatchSize: (all) => all.getOptimalBatchSize(100),
  estimateSyncPerformance: (all) => all.estimateSyncPerformance(100),
  getSyncStatistics: (all) => all.getSyncStatistics(),
  listContacts: (all) => all.listContacts(OWNER),
  findContact: (all) => all.findContact(OWNER, hashOf(1)),
  summarizeContacts: (all) => all.summarizeContacts(OWNER),
  getSyncStatus: (all) => all.getSyncStatus(OWNER),
  setFavorite: (all) => all.setFavorite(OWNER, hashOf(1), true),
  recordInteraction: (all) => all.recordInteraction(OWNER, hashOf(1)),
  deleteContacts: (all) => all.deleteContacts(OWNER, [hashOf(1)]),
  deleteAllContacts: (all) => all.deleteAllContacts(OWNER),
  link: (all) => all.link(OWNER, numberOf(1)),
  linkMany: (all) => all.linkMany([{ phoneNumber: numberOf(1), userId: OWNER }]),
  unlink: (all) => all.unlink(numberOf(1)),
  linkPendingPhones: (all) => all.linkPendingPhones(),
  eraseUser: (all) => all.eraseUser(OWNER),
  getRetention: (all) => all.getRetention(),
  applyRetention: (all) => all.applyRetention(),
  exportUser: (all) => all.exportUser(OWNER),
  forgetNumber: (all) => all.forgetNumber(numberOf(3)),
  liftNumber: (all) => all.liftNumber(numberOf(3)),
  setDiscoverability: (all) => all.setDiscoverability(OWNER, "nobody"),
  getDiscoverability: (all) => all.getDiscoverability(OWNER),
  blockUser: (all) => all.blockUser(OWNER, randomUUID()),
  unblockUser: (all) => all.unblockUser(OWNER, randomUUID()),
  listBlockedUsers: (all) => all.listBlockedUsers(OWNER),
  listSuspects: (all) => all.listSuspects(),
  releaseOwner: (all) => all.releaseOwner(OWNER),
  rotationState: (all) => all.rotationState(),
};

describePostgres("a database that is exchanged under a running instance", (server) => {
  /** Puts an empty one in its place, as a restore does, and takes it into use. */
  async function exchanged(
    before: string | null,
    after: string | null | undefined,
  ): Promise<{ database: TestDatabase; running: ContactsWithAccounts; token: string }> {
    const database = await server.createDatabase();
    const running = await openContactSync(database, { key: before });
    const { sync_token: token } = await running.syncContacts(OWNER, [numberOf(1)], 1, DEVICE);
    if (token === null) throw new Error("the device got no token");
    await database.pool.query("drop schema public cascade");
    await migrate({ connectionString: database.connectionString });
    if (after !== undefined) {
      const next = await openContactSync(database, { key: after });
      await next.syncContacts(OWNER, [numberOf(1), numberOf(2)], 2);
      await next.link(randomUUID(), numberOf(2));
      await next.close();
    }
    return { database, running, token };
  }

  async function everything({ pool }: TestDatabase): Promise<unknown> {
    const { rows } = await pool.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    );
    const texts = rows.map(async ({ name }) => {
      const all = await pool.query(`select t::text as row from "${name}" t order by 1`);
      return [name, all.rows.map(({ row }) => row)];
    });
    return Object.fromEntries(await Promise.all(texts));
  }

  const FROM_TO: [string, string | null, string | null | undefined, string][] = [
    ["sealed with another key", "5f".repeat(32), OTHER_KEY, "sealed with the key"],
    ["unsealed", "5f".repeat(32), null, "now is unsealed"],
    ["sealed, where it was not", null, OTHER_KEY, "it was unsealed"],
    ["migrated, but never used", "5f".repeat(32), undefined, "not recorded"],
  ];
  test.each(
    FROM_TO,
  )("by one that is %s: every call says so and writes nothing", async (...given) => {
    const [, before, after, words] = given;
    const { database, running, token } = await exchanged(before, after);
    const unchanged = await everything(database);
    expect(Object.keys(OPERATIONS).sort()).toEqual(
      Object.keys(running)
        // The first two ask no database for anything, the third for two keys before it does, and
        // the last goes on over failures, as jobs do.
        .filter((name) => !["close", "receiptKeys", "rotateKey", "startUpkeep"].includes(name))
        .sort(),
    );
    for (const [name, operate] of Object.entries(OPERATIONS)) {
      const { message } = await refusal(Promise.resolve(operate(running, token)), "KEY_MISMATCH");
      expect(message, name).toContain(words);
    }
    expect(await everything(database)).toEqual(unchanged);
  });

  test("by one with the same key, such as its own backup: goes on", async () => {
    const key = "5f".repeat(32);
    const { running } = await exchanged(key, key);
    const { contacts_unchanged } = await running.syncContacts(OWNER, [numberOf(2)], 1);
    expect(contacts_unchanged).toBe(1);
  });

  test("is asked about before anything else is done", async () => {
    const { database } = await exchanged("5f".repeat(32), OTHER_KEY);
    await database.pool.query("create sequence called");
    await expect(
      database.pool.query(
        "select * from nextval('called') where contact_sync_verify_key($1, $2, null)",
        ["00000000", "00"],
      ),
    ).rejects.toMatchObject({ code: "YC011" });
    const { rows } = await database.pool.query("select is_called from called");
    expect(rows).toEqual([{ is_called: false }]);
  });
});
