import { randomBytes } from "node:crypto";
import type { KeyRecord, SqlFunctions } from "../database/sql-functions.ts";
import { type Cursors, createCursors } from "./cursor.ts";
import { createFingerprints, type Fingerprints } from "./fingerprint.ts";
import { KEY_BYTES, keyCheck, parseKey } from "./key.ts";
import { createPhoneCipher, type PhoneCipher, UNSEALED } from "./phone-cipher.ts";

export interface Secrets {
  /** What the database has recorded, to be verified with every call from now on. */
  readonly record: KeyRecord;
  readonly cipher: PhoneCipher;
  readonly cursors: Cursors;
  readonly fingerprints: Fingerprints;
}

/**
 * Takes the key into use: records it in a database that has none yet, and verifies it in one that
 * has. Null is for a database whose phones sync by RPC, recorded as unsealed.
 *
 * @throws ContactSyncError `INVALID_KEY`, `KEY_MISMATCH`, `DATABASE_NOT_MIGRATED`
 */
export async function openSecrets(sql: SqlFunctions, key: string | null): Promise<Secrets> {
  if (key === null) {
    await sql.call("use_unsealed", []);
    // Nothing secret is left to hide; a key of this process's own serves cursors and answers.
    const record = { keyId: null, checkValue: null };
    return { record, cipher: UNSEALED, ...opaque(randomBytes(KEY_BYTES)) };
  }
  const bytes = parseKey(key);
  const record = keyCheck(bytes);
  await sql.call("contact_sync_record_seal", [record.keyId, record.checkValue]);
  return { record, cipher: createPhoneCipher(bytes), ...opaque(bytes) };
}

function opaque(key: Buffer): Pick<Secrets, "cursors" | "fingerprints"> {
  return { cursors: createCursors(key), fingerprints: createFingerprints(key) };
}
