import { phoneHash } from "@contact-sync/client";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open-engine.ts";
import {
  type ContactsWithAccounts,
  createContactSync,
  generateKey,
  type RotationProgress,
} from "../../src/index.ts";
import type { BatchSizes } from "../../src/rotation/move-books.ts";
import { rotateKeyBy } from "../../src/rotation/rotate-key.ts";
import { parseKey } from "../../src/security/key.ts";
import { createPhoneCipher, type PhoneCipher } from "../../src/security/phone-cipher.ts";
import type { TestDatabase } from "../support/postgres.ts";

/** A database that is sealed with one key and goes over to another. */
export interface World {
  readonly database: TestDatabase;
  readonly oldKey: string;
  readonly newKey: string;
  readonly oldCipher: PhoneCipher;
  readonly newCipher: PhoneCipher;
  /** With the old key alone, as before anybody thinks of another. */
  openOld(): Promise<ContactsWithAccounts>;
  /** With both. */
  openBoth(): Promise<ContactsWithAccounts>;
  /** The engine itself, with both. */
  openEngine(): Promise<Engine>;
  /** With the new one alone. */
  openNew(): Promise<ContactsWithAccounts>;
  close(): Promise<void>;
}

export function createWorld(
  database: TestDatabase,
  { userIds }: { userIds?: "uuid" | "text" } = {},
): World {
  const [oldKey, newKey] = [generateKey(), generateKey()];
  const closers: (() => Promise<void>)[] = [];
  const open = async (key: string, previousKey?: string) => {
    const contactSync = await createContactSync({
      database: database.pool,
      key,
      previousKey,
      userIds,
    });
    closers.push(() => contactSync.close());
    return contactSync;
  };
  return {
    database,
    oldKey,
    newKey,
    oldCipher: createPhoneCipher(parseKey(oldKey)),
    newCipher: createPhoneCipher(parseKey(newKey)),
    openOld: () => open(oldKey),
    openBoth: () => open(newKey, oldKey),
    openNew: () => open(newKey),
    openEngine: async () => {
      const { engine, close } = await openEngine({
        database: database.pool,
        key: newKey,
        previousKey: oldKey,
        userIds,
      });
      closers.push(close);
      return engine;
    },
    close: async () => {
      await Promise.all(closers.splice(0).map((close) => close()));
    },
  };
}

/** All values of columns that may hold a phone key, table by table and column by column. */
export const KEY_COLUMNS = {
  "contact_sync_kept_choices.phone_key": "book",
  "contact_sync_outbox.phone_key": "all",
  "contact_sync_pending_links.phone_key": "all",
  "contact_sync_renewed_links.phone_key": "book",
  "contact_sync_session_parts.phone_keys": "dropped",
  "contact_sync_staged_keys.phone_key": "book",
  "contacts_with_accounts.phone_key": "book",
  "phones.phone_key": "all",
} as const;

/** Columns of the types that a phone key could stand in, which hold something else. */
export const OTHER_COLUMNS = [
  "contact_sync_answers.claim_id",
  "contact_sync_answers.owner_id",
  "contact_sync_blocks.blocked_user_id",
  "contact_sync_blocks.user_id",
  "contact_sync_consent.user_id",
  "contact_sync_devices.owner_id",
  "contact_sync_devices.sync_mark",
  "contact_sync_kept_choices.owner_id",
  "contact_sync_erasures.late_owner_ids",
  "contact_sync_outbox.message_id",
  "contact_sync_outbox.owner_ids",
  "contact_sync_outbox.user_id",
  "contact_sync_pending_books.person_id",
  "contact_sync_pending_links.late_owner_ids",
  "contact_sync_pending_links.owner_id",
  "contact_sync_pending_links.owner_ids",
  "contact_sync_renewed_links.owner_id",
  "contact_sync_runs.owner_id",
  "contact_sync_session_parts.owner_id",
  "contact_sync_session_parts.session_id",
  "contact_sync_sessions.owner_id",
  "contact_sync_sessions.session_id",
  "contact_sync_settings.retention_at_owner_id",
  "contact_sync_staged_keys.owner_id",
  "contact_sync_staged_keys.stream_id",
  "contact_sync_status.owner_id",
  "contact_sync_streams.owner_id",
  "contact_sync_streams.stream_id",
  "contact_sync_users.user_id",
  "contacts_with_accounts.linked_user_id",
  "contacts_with_accounts.owner_id",
  "phones.linked_user_id",
];

/** Texts and bytes: digests, marks and what is encrypted; which of them are of a key. */
export const OPAQUE_COLUMNS = [
  "contact_sync_answers.answer", // encrypted, and the next two digests: dropped with the old key
  "contact_sync_answers.fingerprint",
  "contact_sync_answers.key_digest",
  "contact_sync_answers.route",
  "contact_sync_consent.discoverable",
  "contact_sync_daily_durations.subject",
  "contact_sync_daily_failures.error_code",
  "contact_sync_devices.device_id",
  "contact_sync_erasures.user_digest",
  "contact_sync_outbox.last_failure",
  "contact_sync_renewed_links.user_digest",
  "contact_sync_runs.error_code",
  "contact_sync_runs.sync_mode",
  "contact_sync_runs.sync_status",
  "contact_sync_seal.check_value",
  "contact_sync_seal.key_id",
  "contact_sync_seal.next_check_value",
  "contact_sync_seal.next_key_id",
  "contact_sync_seal.next_user_id_secret", // sealed with the next key
  "contact_sync_seal.previous_key_id",
  "contact_sync_seal.user_id_kind",
  "contact_sync_seal.user_id_secret", // sealed with the key in force
  "contact_sync_sessions.device_id",
  "contact_sync_sessions.sync_mode",
  "contact_sync_settings.default_discoverable",
  "contact_sync_status.last_error_code",
  "contact_sync_status.last_sync_mode",
  "contact_sync_status.sync_status",
  "contact_sync_users.id_text",
];

/** Every phone key that is stored anywhere, 32 hex characters each. */
export async function storedKeys({ database }: World): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const name of Object.keys(KEY_COLUMNS)) {
    const [table, column] = name.split(".") as [string, string];
    const value = column === "phone_keys" ? `unnest(${column})` : column;
    const { rows } = await database.pool.query<{ key: string }>(
      `select replace(k.key::text, '-', '') as key from (select ${value} as key from ${table}) as k`,
    );
    found.set(
      name,
      rows.map(({ key }) => key),
    );
  }
  return found;
}

/** The hashes of numbers that the tests use, by hash. */
function namesOf(phones: readonly string[]): Map<string, string> {
  return new Map(phones.map((phone) => [phoneHash(phone), phone]));
}

/** Of every stored key, that it is one of these numbers by the new key. */
export async function strangers(world: World, phones: readonly string[]): Promise<string[]> {
  const names = namesOf(phones);
  const strange: string[] = [];
  for (const [column, keys] of await storedKeys(world)) {
    for (const hash of world.newCipher.decrypt(keys)) if (!names.has(hash)) strange.push(column);
  }
  return strange;
}

const SMALL: BatchSizes = { numbers: 2, owners: 1, contacts: 1 };

/**
 * Runs a rotation in small steps until one of its reports is as wanted, and leaves it there, as a
 * process does that is killed just then.
 *
 * @returns whether it came that far, and did not end before
 */
export async function rotateUntil(
  engine: Engine,
  isEnough: (progress: RotationProgress) => boolean,
): Promise<boolean> {
  const stop = new AbortController();
  const onProgress = (progress: RotationProgress) => {
    if (isEnough(progress)) stop.abort();
  };
  try {
    await rotateKeyBy(engine, SMALL, { signal: stop.signal, onProgress });
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ABORTED") throw error;
    return true;
  }
}

/** As if it had just been migrated. */
export async function emptied({ pool }: TestDatabase): Promise<void> {
  await pool.query(
    `truncate contact_sync_answers, contact_sync_devices, contact_sync_erasures,
              contact_sync_kept_choices, contact_sync_outbox, contact_sync_pending_links,
              contact_sync_renewed_links, contact_sync_runs, contact_sync_seal,
              contact_sync_session_parts, contact_sync_sessions, contact_sync_settings,
              contact_sync_staged_keys, contact_sync_status, contact_sync_streams,
              contact_sync_users, contacts_with_accounts, phones`,
  );
}
