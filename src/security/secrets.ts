import { randomBytes } from "node:crypto";
import type { KeyRecord } from "../database/sql-functions.ts";
import { type Cursors, createChangeCursors, createCursors } from "./cursor.ts";
import { createFingerprints, type Fingerprints } from "./fingerprint.ts";
import { KEY_BYTES, keyCheck } from "./key.ts";
import { createPhoneCipher, type PhoneCipher, UNSEALED } from "./phone-cipher.ts";
import { createSyncTokens, type SyncTokens } from "./sync-token.ts";
import { createUserIdSecrets, type UserIdSecrets } from "./user-ids.ts";

/** All that is made with one sealing key. */
export interface Secrets {
  /** What the database has recorded of it, to be verified with every call. */
  readonly record: KeyRecord;
  /** How many keys the database had before it. */
  readonly number: number;
  readonly cipher: PhoneCipher;
  readonly cursors: Cursors;
  readonly changeCursors: Cursors;
  readonly syncTokens: SyncTokens;
  readonly fingerprints: Fingerprints;
  /** Null without a key. */
  readonly userIdSecrets: UserIdSecrets | null;
}

export interface SecretsSettings {
  readonly schema: string;
  /** How long a device may go on from the token that it was given. */
  readonly syncTokenDays: number;
}

// What keeps nobody out is the same in every process, and for ever: any of them opens what another
// has given to a device.
const UNSEALED_KEY = Buffer.alloc(KEY_BYTES);

/** @param bytes of the key; null for a database that is recorded as unsealed */
export function createSecrets(
  bytes: Buffer | null,
  number: number,
  { schema, syncTokenDays }: SecretsSettings,
): Secrets {
  // Nothing secret is left to hide; a key of this process's own serves cursors and answers.
  const own = bytes ?? randomBytes(KEY_BYTES);
  const forDevices = bytes ?? UNSEALED_KEY;
  return {
    record: bytes === null ? { keyId: null, checkValue: null } : keyCheck(bytes),
    number,
    cipher: bytes === null ? UNSEALED : createPhoneCipher(bytes),
    cursors: createCursors(own),
    changeCursors: createChangeCursors(forDevices, schema, number > 0),
    syncTokens: createSyncTokens({ key: forDevices, schema, days: syncTokenDays }),
    fingerprints: createFingerprints(own),
    userIdSecrets: bytes === null ? null : createUserIdSecrets(bytes),
  };
}
