import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { applyToDigest, type ContactSyncError, digestOf, EMPTY_DIGEST } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { type ContactsWithAccounts, createContactSync } from "../../src/index.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { refusal, streamOf } from "../support/use-contact-sync.ts";
import { tablesWithNeedles } from "./search.ts";
import {
  needlesIn,
  phoneHashOf,
  SECRET_HASHES,
  SECRET_NUMBERS,
  WRITTEN_NUMBERS,
} from "./secrets.ts";

const [number, other] = SECRET_NUMBERS as [string, string];
const [whole] = SECRET_HASHES as [string];
const hashes = SECRET_HASHES.map(phoneHashOf);
const [owner, user] = [randomUUID(), randomUUID()];
const EG = { defaultRegion: "EG" };

/** Everything that takes numbers and succeeds. */
async function use(contactSync: ContactsWithAccounts): Promise<void> {
  await contactSync.syncContacts(owner, WRITTEN_NUMBERS, 999, EG);
  await contactSync.syncContacts(randomUUID(), streamOf(WRITTEN_NUMBERS), 999, EG);
  await contactSync.syncContacts(randomUUID(), streamOf(WRITTEN_NUMBERS), 9, {
    ...EG,
    mode: "replace",
  });
  await contactSync.syncPhoneHashes(randomUUID(), SECRET_HASHES, 999);
  await contactSync.bulkInsertContacts(
    hashes.map((phone_hash) => ({ owner_id: randomUUID(), phone_hash, linked_user_id: user })),
  );
  await contactSync.bulkInsertContacts(
    streamOf(hashes.map((phone_hash) => ({ owner_id: user, phone_hash }))),
  );
  await contactSync.create({ owner_id: owner, phone_hash: whole, is_favorite: true });
  await contactSync.link(user, number);
  await contactSync.linkMany(SECRET_NUMBERS.map((phoneNumber) => ({ userId: user, phoneNumber })));
  await contactSync.listContacts(owner, { limit: 3 });
  await contactSync.recordInteraction(owner, whole);
  await contactSync.deleteContacts(owner, [hashes[3] as string]);
  await contactSync.unlink([number, hashes[1] as string]);
  await contactSync.link(randomUUID(), number);
  await contactSync.eraseUser(user);
}

/** Everything that devices do; what no table, log or error may have beside numbers and hashes. */
async function useDevices(contactSync: ContactsWithAccounts): Promise<string[]> {
  const ownerId = randomUUID();
  const [first = "", ...rest] = hashes;
  const device = { mode: "replace", deviceId: "phone-1", confirmRemoval: true } as const;
  const full = await contactSync.syncPhoneHashes(ownerId, rest, rest.length, device);
  const digest = applyToDigest(digestOf(rest), { added: [first] });
  const { cursor } = await contactSync.listChanges(ownerId);
  await contactSync.link(randomUUID(), first, { announce: false });
  const delta = { syncToken: full.sync_token ?? "", digest, added: [first], removed: [] };
  const synced = await contactSync.syncDelta(ownerId, delta);
  await contactSync.syncDelta(ownerId, delta);
  const same = { syncToken: synced.sync_token, digest, added: [], removed: [] };
  await contactSync.syncDelta(ownerId, same);
  await contactSync.listChanges(ownerId, { since: cursor });
  await contactSync.syncPhoneHashes(ownerId, streamOf(rest), null, device);
  const { session_id } = await contactSync.beginSession(ownerId, {
    deviceId: "phone-2",
    deviceContactsCount: hashes.length,
  });
  await contactSync.putSessionPart(ownerId, session_id, 0, hashes);
  const stale = await refusal(contactSync.syncDelta(ownerId, same), "SYNC_TOKEN_EXPIRED");
  const wrong = { parts: 1, digest: digestOf(rest) };
  const torn = [
    stale,
    await refusal(
      contactSync.commitSession(ownerId, session_id, { ...wrong, parts: 2 }),
      "SESSION_INCOMPLETE",
    ),
    await refusal(contactSync.commitSession(ownerId, session_id, wrong), "SYNC_DIGEST_MISMATCH"),
    await refusal(
      contactSync.syncDelta(ownerId, { ...same, digest: EMPTY_DIGEST }),
      "SYNC_DIGEST_MISMATCH",
    ),
    await refusal(
      contactSync.syncDelta(ownerId, { ...same, added: [whole, number] }),
      "INVALID_PHONE_HASH",
    ),
    await refusal(
      contactSync.syncDelta(ownerId, { ...same, digest: digest.slice(2) }),
      "INVALID_ARGUMENT",
    ),
    await refusal(contactSync.listChanges(ownerId, { since: `${cursor}A` }), "INVALID_ARGUMENT"),
  ];
  devicesErrors.push(...torn);
  const digests = [digest, wrong.digest, digestOf(hashes)].map((text) => text.slice(-32));
  return [...digests, full.sync_token ?? "", synced.sync_token, cursor];
}

const devicesErrors: ContactSyncError[] = [];

/** Everything that takes numbers and fails; the errors. */
async function misuse(
  contactSync: ContactsWithAccounts,
  database: TestDatabase,
): Promise<ContactSyncError[]> {
  const near = `${whole.slice(0, 31)}g`;
  const item = { owner_id: owner, phone_hash: whole };
  const errors = [
    await refusal(contactSync.syncPhoneHashes(owner, [whole, number], 1), "INVALID_PHONE_HASH"),
    await refusal(
      contactSync.syncPhoneHashes(owner, streamOf([whole, near]), 1),
      "INVALID_PHONE_HASH",
    ),
    await refusal(contactSync.syncContacts(number, [number], 1), "INVALID_ARGUMENT"),
    await refusal(contactSync.syncContacts(owner, number as never, 1), "INVALID_ARGUMENT"),
    await refusal(contactSync.syncContacts(owner, [], number as never), "INVALID_ARGUMENT"),
    await refusal(
      contactSync.syncContacts(owner, [], 1, { defaultRegion: number }),
      "INVALID_REGION",
    ),
    await refusal(
      contactSync.syncContacts(owner, [], 1, { mode: number as never }),
      "INVALID_ARGUMENT",
    ),
    await refusal(
      contactSync.syncContacts(owner, [other], 1, { mode: "replace" }),
      "REPLACE_NEEDS_CONFIRMATION",
    ),
    await refusal(
      contactSync.bulkInsertContacts([{ ...item, phone_hash: number }]),
      "INVALID_PHONE_HASH",
    ),
    await refusal(
      contactSync.bulkInsertContacts([{ ...item, owner_id: number }]),
      "INVALID_CONTACT",
    ),
    await refusal(
      contactSync.bulkInsertContacts([{ ...item, last_interaction: number }]),
      "INVALID_CONTACT",
    ),
    await refusal(contactSync.create({ ...item, linked_user_id: whole }), "INVALID_CONTACT"),
    await refusal(contactSync.findContact(owner, number), "INVALID_PHONE_HASH"),
    await refusal(contactSync.setFavorite(randomUUID(), whole, true), "CONTACT_NOT_FOUND"),
    await refusal(contactSync.deleteContacts(owner, [whole, near]), "INVALID_PHONE_HASH"),
    await refusal(contactSync.listContacts(owner, { cursor: whole }), "INVALID_ARGUMENT"),
    await refusal(contactSync.link(user, `${number}${other}`), "INVALID_PHONE_NUMBER"),
    await refusal(contactSync.link(user, number.slice(3)), "INVALID_PHONE_NUMBER"),
    await refusal(contactSync.link(number, number), "INVALID_ARGUMENT"),
    await refusal(contactSync.link(user, other, { verifiedAt: number }), "INVALID_ARGUMENT"),
    await refusal(
      contactSync.link(user, number, { verifiedAt: "2020-01-01" }),
      "VERIFICATION_OUTDATED",
    ),
    await refusal(contactSync.linkMany([{ userId: user, phoneHash: near }]), "INVALID_PHONE_HASH"),
    await refusal(contactSync.unlink([number, near]), "INVALID_PHONE_NUMBER"),
    await refusal(contactSync.eraseUser(number), "INVALID_ARGUMENT"),
  ];

  // PostgreSQL quotes the row that breaks a constraint, and the key that is there already.
  const { pool } = database;
  await pool.query(
    "alter table contacts_with_accounts add constraint never check (false) not valid",
  );
  await pool.query("alter table phones add constraint never check (false) not valid");
  errors.push(
    await refusal(contactSync.syncPhoneHashes(randomUUID(), SECRET_HASHES, 1), "INTERNAL"),
    await refusal(contactSync.syncContacts(randomUUID(), streamOf([number]), 1), "INTERNAL"),
    await refusal(
      contactSync.bulkInsertContacts([{ ...item, owner_id: randomUUID() }]),
      "INTERNAL",
    ),
    await refusal(contactSync.create({ ...item, owner_id: randomUUID() }), "INTERNAL"),
    await refusal(contactSync.link(randomUUID(), number), "INTERNAL"),
  );
  await pool.query("alter table contacts_with_accounts drop constraint never");
  await pool.query("alter table phones drop constraint never");
  return errors;
}

function everythingOf(error: ContactSyncError): string {
  return [
    inspect(error, { depth: null, showHidden: true, maxStringLength: null }),
    error.stack,
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    JSON.stringify(ERRORS[error.code]),
  ].join("\n");
}

describePostgres("numbers and phone hashes", (server) => {
  let database: TestDatabase;
  let errors: ContactSyncError[];
  /** Digests, tokens and cursors of the last database. */
  let secrets: string[];
  const output: string[] = [];
  // The logs of a cluster's nodes are elsewhere.
  const readLog = () =>
    server.onCitus
      ? ""
      : readFileSync(
          join(
            inject("testServers").find(({ major }) => major === server.major)?.host as string,
            "log",
          ),
          "utf8",
        );
  let logStart: number;

  async function exercise(key: string | null): Promise<TestDatabase> {
    const fresh = await server.createDatabase();
    const pool = new pg.Pool({ connectionString: fresh.connectionString });
    pool.on("connect", (client) => client.on("notice", (notice) => output.push(inspect(notice))));
    const contactSync = await createContactSync({ database: pool, key });
    // So that what changes links also writes of them.
    await pool.query("select set_webhooks(true)");
    await use(contactSync);
    secrets = await useDevices(contactSync);
    errors = [...devicesErrors, ...(await misuse(contactSync, fresh))];
    await pool.end();
    return fresh;
  }

  beforeAll(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, "write").mockImplementation((text) => {
        output.push(String(text));
        return true;
      });
    }
    logStart = readLog().length;
    database = await exercise(TEST_KEY);
    vi.restoreAllMocks();
  });

  afterAll(() => vi.restoreAllMocks());

  test("are in no table of a sealed database", async () => {
    expect(await tablesWithNeedles(database)).toEqual([]);
    const { rows } = await database.pool.query(
      "select count(*)::integer as contacts from contacts_with_accounts",
    );
    expect(rows[0].contacts).toBeGreaterThan(50);
  });

  test("nor are digests, tokens and cursors, in a table, an error, an output or the log", async () => {
    expect(secrets.length).toBe(6);
    expect(await tablesWithNeedles(database, secrets)).toEqual([]);
    const written = [...errors.map(everythingOf), ...output, readLog().slice(logStart)].join("\n");
    for (const secret of secrets) expect(written).not.toContain(secret);
  });

  test("are in no error, however deep one looks", () => {
    expect(errors.length).toBeGreaterThan(25);
    for (const error of errors) {
      expect([error.message, needlesIn(everythingOf(error))]).toEqual([error.message, []]);
    }
    expect(needlesIn(JSON.stringify(ERRORS))).toEqual([]);
  });

  test("are in no output and no notice", () => {
    expect(needlesIn(output.join("\n"))).toEqual([]);
  });

  test("are not in the server's log, though it has the statements that failed", ({ skip }) => {
    skip(server.onCitus, "the logs of its nodes are not the test's to read");
    const written = readLog().slice(logStart);
    expect(written).toContain("STATEMENT:");
    expect(written).toContain('violates check constraint "never"');
    expect(needlesIn(written)).toEqual([]);
  });

  test("would be found: in an unsealed database the hashes are", async () => {
    const unsealed = await exercise(null);
    const found = await tablesWithNeedles(unsealed);
    expect(found).toContain("public.contacts_with_accounts");
    expect(found).toContain("public.phones");
    // Also where one might not look: PostgreSQL keeps samples of each column.
    expect(found).toContain("pg_catalog.pg_statistic");
    // But numbers are in none: only hashes ever leave the process.
    expect(needlesIn(errors.map(everythingOf).join("\n"))).toEqual([]);
  });
});
