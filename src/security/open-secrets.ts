import { randomBytes } from "node:crypto";
import type { KeyRecord, SqlFunctions } from "../database/sql-functions.ts";
import { type Cursors, createChangeCursors, createCursors } from "./cursor.ts";
import { createFingerprints, type Fingerprints } from "./fingerprint.ts";
import { KEY_BYTES, keyCheck, parseKey } from "./key.ts";
import { createPhoneCipher, type PhoneCipher, UNSEALED } from "./phone-cipher.ts";
import { createSyncTokens, type SyncTokens } from "./sync-token.ts";

export interface Secrets {
  /** What the database has recorded, to be verified with every call from now on. */
  readonly record: KeyRecord;
  readonly cipher: PhoneCipher;
  readonly cursors: Cursors;
  readonly changeCursors: Cursors;
  readonly syncTokens: SyncTokens;
  readonly fingerprints: Fingerprints;
}

export interface SecretsSettings {
  /** Null is for a database whose phones sync by RPC, recorded as unsealed. */
  readonly key: string | null;
  readonly schema: string;
  /** How long a device may go on from the token that it was given. */
  readonly syncTokenDays: number;
}

// What keeps nobody out is the same in every process, and for ever: any of them opens what another
// has given to a device.
const UNSEALED_KEY = Buffer.alloc(KEY_BYTES);

/**
 * Takes the key into use: records it in a database that has none yet, and verifies it in one that
 * has.
 *
 * @throws ContactSyncError `INVALID_KEY`, `KEY_MISMATCH`, `DATABASE_NOT_MIGRATED`
 */
export async function openSecrets(
  sql: SqlFunctions,
  { key, schema, syncTokenDays }: SecretsSettings,
): Promise<Secrets> {
  const forDevices = (bytes: Buffer) => ({
    changeCursors: createChangeCursors(bytes, schema),
    syncTokens: createSyncTokens({ key: bytes, schema, days: syncTokenDays }),
  });
  if (key === null) {
    await sql.call("use_unsealed", []);
    // Nothing secret is left to hide; a key of this process's own serves cursors and answers.
    const record = { keyId: null, checkValue: null };
    const own = opaque(randomBytes(KEY_BYTES));
    return { record, cipher: UNSEALED, ...own, ...forDevices(UNSEALED_KEY) };
  }
  const bytes = parseKey(key);
  const record = keyCheck(bytes);
  await sql.call("contact_sync_record_seal", [record.keyId, record.checkValue]);
  return { record, cipher: createPhoneCipher(bytes), ...opaque(bytes), ...forDevices(bytes) };
}

function opaque(key: Buffer): Pick<Secrets, "cursors" | "fingerprints"> {
  return { cursors: createCursors(key), fingerprints: createFingerprints(key) };
}
