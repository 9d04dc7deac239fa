import { ContactSyncError } from "@contact-sync/client";
import type { KeyInForce, KeyRecord, SqlFunctions } from "../database/sql-functions.ts";
import { keyCheck, parseKey } from "./key.ts";
import { createSecrets, type Secrets, type SecretsSettings } from "./secrets.ts";

export interface KeyRingSettings extends SecretsSettings {
  /** Null is for a database whose phones sync by RPC, recorded as unsealed. */
  readonly key: string | null;
  /** The key before, while the database may be sealed with it. */
  readonly previousKey?: string | undefined;
}

/** The keys that the database says are in force. */
export interface KeysInForce {
  readonly current: Secrets;
  /** While a rotation goes on, the key that it goes over to: the directory has numbers by both. */
  readonly next: Secrets | null;
  /** Whether books are moved, so that each may be of the one or the other. */
  readonly isMoving: boolean;
  /** The key before, while something is left of it. */
  readonly previous: Secrets | null;
}

interface SealState {
  readonly is_sealed: boolean | null;
  readonly key_number: number;
  readonly key_id: string;
  readonly check_value: string;
  readonly next_key_id: string | null;
  readonly next_check_value: string | null;
  readonly is_moving: boolean;
  readonly previous_key_id: string | null;
}

/**
 * The one or two keys that a process was given, and which of them is in force: the database says
 * so, never the process. So processes agree, those that were given the new key already and those
 * that were not.
 */
export class KeyRing implements KeyInForce {
  readonly #sql: SqlFunctions;
  readonly #settings: SecretsSettings;
  /** `CONTACT_SYNC_KEY` and then `CONTACT_SYNC_PREVIOUS_KEY`; empty for an unsealed database. */
  readonly #keys: readonly Buffer[];
  #inForce: KeysInForce;
  #renewing: Promise<boolean> | undefined;

  private constructor(
    sql: SqlFunctions,
    settings: SecretsSettings,
    keys: readonly Buffer[],
    state: SealState | null,
  ) {
    this.#sql = sql;
    this.#settings = settings;
    this.#keys = keys;
    this.#inForce = this.#read(state);
  }

  /**
   * Takes the keys into use: records the key in a database that has none yet, and verifies it in one
   * that has.
   *
   * @param sql without a key
   * @throws ContactSyncError `INVALID_KEY`, `KEY_MISMATCH`, `DATABASE_NOT_MIGRATED`
   */
  static async open(
    sql: SqlFunctions,
    { key, previousKey, ...settings }: KeyRingSettings,
  ): Promise<KeyRing> {
    if (key === null) {
      if (previousKey !== undefined) {
        throw new ContactSyncError("INVALID_ARGUMENT", "previousKey is for a sealed database");
      }
      await sql.call("use_unsealed", []);
      return new KeyRing(sql, settings, [], null);
    }
    const keys = [key, ...(previousKey === undefined ? [] : [previousKey])].map(parseKey);
    let state = await readState(sql);
    const { keyId, checkValue } = keyCheck(keys[0] as Buffer);
    // Also where another key is recorded: then this says so.
    if (
      state.is_sealed !== true ||
      !keys.some((bytes) => isOf(bytes, state.key_id, state.check_value))
    ) {
      await sql.call("contact_sync_record_seal", [keyId, checkValue]);
      state = await readState(sql);
    }
    return new KeyRing(sql, settings, keys, state);
  }

  get inForce(): KeysInForce {
    return this.#inForce;
  }

  get record(): KeyRecord {
    return this.#inForce.current.record;
  }

  /**
   * Asks the database again which key is in force, unless that was done since `used` was. Whether it
   * is another state than then; false, too, where the database is another one, or away: what the
   * caller met is then the answer.
   *
   * @param used `record` as it was when the caller began
   * @throws ContactSyncError `KEY_MISMATCH` where a rotation needs a key that this process lacks
   */
  async renew(used: KeyRecord): Promise<boolean> {
    if (used !== this.record) return true;
    // Many calls meet a step of a rotation at once; one asks for all of them.
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    const state = await readState(this.#sql).catch(() => null);
    if (state === null || state.is_sealed !== true) return false;
    if (!this.#keys.some((bytes) => isOf(bytes, state.key_id, state.check_value))) return false;
    const inForce = this.#read(state);
    if (describe(inForce) === describe(this.#inForce)) return false;
    this.#inForce = inForce;
    return true;
  }

  /** Those of a key by its number in this database; undefined where the process was not given it. */
  secretsOf(number: number): Secrets | undefined {
    const { current, next, previous } = this.#inForce;
    return [current, next, previous].find((secrets) => secrets?.number === number) ?? undefined;
  }

  /**
   * Likewise, and asks the database first where the key is of a rotation that this process has not
   * heard of.
   *
   * @throws ContactSyncError `KEY_MISMATCH` where the process was not given it
   */
  async secretsFor(number: number): Promise<Secrets> {
    if (this.secretsOf(number) === undefined) await this.renew(this.record);
    const secrets = this.secretsOf(number);
    if (secrets === undefined) {
      throw new ContactSyncError(
        "KEY_MISMATCH",
        "something is sealed with a key that this process was not given: let contact-sync rotate-key end before CONTACT_SYNC_PREVIOUS_KEY goes",
      );
    }
    return secrets;
  }

  /** What the database has recorded of one of them. */
  recordOf(number: number): KeyRecord {
    return (this.secretsOf(number) ?? this.#inForce.current).record;
  }

  /**
   * The records of the two keys of a rotation, from the old one to the new one.
   *
   * @throws ContactSyncError `KEY_REQUIRED`
   */
  pair(): { readonly from: KeyRecord; readonly to: KeyRecord } {
    const [toKey, fromKey] = this.#keys;
    if (toKey === undefined || fromKey === undefined) {
      throw new ContactSyncError(
        "KEY_REQUIRED",
        "to change the key takes two: the new one as CONTACT_SYNC_KEY (key), and the one that the database is sealed with as CONTACT_SYNC_PREVIOUS_KEY (previousKey)",
      );
    }
    if (toKey.equals(fromKey)) {
      throw new ContactSyncError(
        "INVALID_ARGUMENT",
        "the new key and the previous one are the same; `contact-sync generate-key` makes a new one",
      );
    }
    return { from: keyCheck(fromKey), to: keyCheck(toKey) };
  }

  #read(state: SealState | null): KeysInForce {
    const alone = { next: null, isMoving: false, previous: null };
    if (state === null) return { ...alone, current: createSecrets(null, 0, this.#settings) };
    const { key_number: number } = state;
    const current = this.#secrets(number, (bytes) => isOf(bytes, state.key_id, state.check_value));
    if (current === null) throw lacksKey(state.key_id);
    if (state.next_key_id !== null) {
      const next = this.#secrets(number + 1, (bytes) =>
        isOf(bytes, state.next_key_id, state.next_check_value),
      );
      if (next === null) throw lacksKey(state.next_key_id);
      return { ...alone, current, next, isMoving: state.is_moving };
    }
    if (state.previous_key_id === null) return { ...alone, current };
    const previous = this.#secrets(
      number - 1,
      (bytes) => keyCheck(bytes).keyId === state.previous_key_id,
    );
    if (previous === null) throw lacksKey(state.previous_key_id);
    return { ...alone, current, previous };
  }

  #secrets(number: number, isMeant: (bytes: Buffer) => boolean): Secrets | null {
    const bytes = this.#keys.find(isMeant);
    return bytes === undefined ? null : createSecrets(bytes, number, this.#settings);
  }
}

function readState(sql: SqlFunctions): Promise<SealState> {
  return sql.call<SealState>("contact_sync_seal_state", []);
}

function isOf(bytes: Buffer, keyId: string | null, checkValue: string | null): boolean {
  const check = keyCheck(bytes);
  return check.keyId === keyId && check.checkValue === checkValue;
}

function describe({ current, next, isMoving, previous }: KeysInForce): string {
  return [current, next, previous]
    .map((secrets) => `${secrets?.number} ${secrets?.record.keyId}`)
    .concat(String(isMoving))
    .join();
}

function lacksKey(keyId: string): ContactSyncError {
  return new ContactSyncError(
    "KEY_MISMATCH",
    `the sealing key is being changed, and this process lacks the key ${keyId}. Until contact-sync rotate-key has ended, every process needs both: the new one as CONTACT_SYNC_KEY and the old one as CONTACT_SYNC_PREVIOUS_KEY`,
  );
}
