import { ContactSyncError } from "@contact-sync/client";
import type { NamedUser, SqlFunctions } from "../database/sql-functions.ts";
import { invalid, isUserText, isUuid, USER_TEXT_FORM } from "../input/arguments.ts";
import { atPosition } from "../input/position.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { Secrets } from "../security/secrets.ts";
import { type UserIdKind, uuidOfText } from "../security/user-ids.ts";
import { IdTexts } from "./id-texts.ts";

/** A user by both names: what the app calls them, and the UUID that the database knows them by. */
export type User = NamedUser;

/** What the app calls the user of a UUID; null of one who was erased while the call went on. */
export type IdOf = (uuid: string) => string | null;

/**
 * The border between the app's ids of users and the database's UUIDs. Operations take and give the
 * app's; whatever goes to the database or comes from it has UUIDs.
 */
export interface Users {
  readonly kind: UserIdKind;
  /** What an id has to be, in words that end a message. */
  readonly form: string;
  /** Whom an id is of; undefined for what is none here. */
  read(id: unknown): User | undefined;
  /** @throws ContactSyncError `INVALID_ARGUMENT` for what is no id here, by the argument's name */
  of(id: unknown, name: string, index?: number): User;
  /**
   * What the app calls users who are named by rows that were just read.
   *
   * @throws ContactSyncError `USER_IDS_MISMATCH` where a row names one whom no id was written of
   */
  idsOf(uuids: Iterable<string | null>): Promise<IdOf>;
  /** Likewise for messages, which tell of erased ones too; without those of whom no id is written. */
  knownIdsOf(uuids: Iterable<string>): Promise<ReadonlyMap<string, string>>;
  /** No longer keeps in memory what an erased user was called. */
  forget(user: User): void;
  /** The secret of the UUIDs for another sealing key to keep; null where there is none. */
  sealedFor(secrets: Secrets): Buffer | null;
}

/**
 * Takes the kind of ids into use: records it in a database that has none yet, and verifies it in one
 * that has.
 *
 * @param sql verified with the key ring
 * @throws ContactSyncError `USER_IDS_MISMATCH`, `INVALID_ARGUMENT` for texts in an unsealed database
 */
export async function openUsers(
  sql: SqlFunctions,
  keyRing: KeyRing,
  kind: UserIdKind,
): Promise<Users> {
  // An unsealed one has users by UUIDs: their phones call it with their own.
  if (keyRing.record.keyId === null) {
    if (kind === "uuid") return uuidUsers;
    throw invalid(
      'userIds: "text" needs a sealing key: the UUIDs of users are made with it, and an unsealed database (key: null) is for phones that sync by RPC, where a user is the UUID of auth.uid()',
    );
  }
  for (let attempt = 1; ; attempt += 1) {
    const { current } = keyRing.inForce;
    const recorded = await readRecord(sql, kind, current);
    if (kind === "uuid") return uuidUsers;
    const { userIdSecrets } = secretsOf(keyRing, recorded.keyId) ?? {};
    if (userIdSecrets !== undefined && userIdSecrets !== null) {
      return new TextUsers(sql, userIdSecrets.open(recorded.secret as Buffer));
    }
    // A rotation has put another key in force in between.
    if (attempt === 3) {
      throw new ContactSyncError("KEY_ROTATION", "the sealing key was changed meanwhile", {
        details: { retry_after_seconds: 1 },
      });
    }
    await keyRing.renew(keyRing.record);
  }
}

async function readRecord(sql: SqlFunctions, kind: UserIdKind, { userIdSecrets }: Secrets) {
  const read = async () => {
    const row = await sql.call<{
      user_id_kind: UserIdKind | null;
      user_id_secret: Buffer | null;
      key_id: string;
    }>("contact_sync_seal_state", [], "user_id_kind, user_id_secret, key_id");
    return { kind: row.user_id_kind, secret: row.user_id_secret, keyId: row.key_id };
  };
  const state = await read();
  if (state.kind === kind) return state;
  const secret =
    kind === "text" && userIdSecrets !== null ? userIdSecrets.seal(userIdSecrets.first()) : null;
  // Also where the other kind is recorded: then this says so.
  await sql.call("contact_sync_record_user_ids", [kind, secret]);
  return read();
}

function secretsOf(keyRing: KeyRing, keyId: string): Secrets | undefined {
  const { current, next, previous } = keyRing.inForce;
  const all = [current, next, previous];
  return all.find((secrets) => secrets?.record.keyId === keyId) ?? undefined;
}

/** The app's ids are the database's. */
const uuidUsers: Users = {
  kind: "uuid",
  form: "a UUID",
  read(id) {
    if (!isUuid(id)) return undefined;
    const uuid = id.toLowerCase();
    return { id: uuid, uuid };
  },
  of: (id, name, index) => uuidUsers.read(id) ?? refuse(uuidUsers, name, index),
  idsOf: async () => (uuid) => uuid,
  knownIdsOf: async (uuids) => new Map([...uuids].map((uuid) => [uuid, uuid])),
  forget() {},
  sealedFor: () => null,
};

/** The app's ids are texts. */
class TextUsers implements Users {
  readonly kind = "text";
  readonly form = USER_TEXT_FORM;
  readonly #sql: SqlFunctions;
  readonly #secret: Buffer;
  /** What was looked up. Whose id is written the database says, each time. */
  readonly #texts = new IdTexts();

  constructor(sql: SqlFunctions, secret: Buffer) {
    this.#sql = sql;
    this.#secret = secret;
  }

  read(id: unknown): User | undefined {
    return isUserText(id) ? { id, uuid: uuidOfText(this.#secret, id) } : undefined;
  }

  of(id: unknown, name: string, index?: number): User {
    return this.read(id) ?? refuse(this, name, index);
  }

  async idsOf(uuids: Iterable<string | null>): Promise<IdOf> {
    const { texts, erased } = await this.#lookUp(uuids, false);
    return (uuid) => {
      const text = texts.get(uuid);
      if (text !== undefined) return text;
      if (erased.has(uuid)) return null;
      throw new ContactSyncError(
        "USER_IDS_MISMATCH",
        "a row names a user of whom no id of the app is known: it was written from SQL, with a UUID",
      );
    };
  }

  async knownIdsOf(uuids: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    return (await this.#lookUp(uuids, true)).texts;
  }

  forget({ uuid }: User): void {
    this.#texts.delete(uuid);
  }

  sealedFor({ userIdSecrets }: Secrets): Buffer | null {
    return userIdSecrets?.seal(this.#secret) ?? null;
  }

  async #lookUp(uuids: Iterable<string | null>, withErased: boolean) {
    const texts = new Map<string, string>();
    const erased = new Set<string>();
    const missing = new Set<string>();
    for (const uuid of uuids) {
      if (uuid === null) continue;
      const text = this.#texts.get(uuid);
      if (text === undefined) missing.add(uuid);
      else texts.set(uuid, text);
    }
    if (missing.size > 0) {
      const rows = await this.#sql.callForRows<{
        user_id: string;
        id_text: string | null;
        is_erased: boolean;
      }>("contact_sync_id_texts", [[...missing], withErased]);
      for (const { user_id, id_text, is_erased } of rows) {
        if (id_text !== null) {
          texts.set(user_id, id_text);
          if (!withErased) this.#texts.set(user_id, id_text);
        } else if (is_erased) erased.add(user_id);
      }
    }
    return { texts, erased };
  }
}

function refuse({ form }: Users, name: string, index: number | undefined): never {
  const where = index === undefined ? name : `the ${name} ${atPosition(index)}`;
  throw invalid(`${where} must be ${form}`, index);
}
