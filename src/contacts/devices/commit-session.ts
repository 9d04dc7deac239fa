import { setImmediate } from "node:timers/promises";
import {
  applyToDigest,
  ContactSyncError,
  EMPTY_DIGEST,
  MAX_CONTACTS_PER_SESSION,
  type OptionNames,
  readOptions,
  type SyncMode,
  type SyncResult,
} from "@contact-sync/client";
import type { BookEngine, Engine } from "../../engine/engine.ts";
import {
  assertBoolean,
  assertCount,
  assertDigest,
  assertTime,
  assertUuid,
} from "../../input/arguments.ts";
import { batchSizeFor } from "../sync/batch-size.ts";
import { recordingFailure } from "../sync/failed-sync.ts";
import { readHashes } from "../sync/hash-entries.ts";
import { toSigns } from "../sync/signs.ts";
import { StreamLists } from "../sync/stream-lists.ts";
import { hashesOf } from "./device-token.ts";
import { type StagedSession, storeSession } from "./store-session.ts";

export interface CommitSettings {
  /** How many parts there are, counted from 0. */
  readonly parts: number;
  /** Of all hashes in them: `digestOf`. */
  readonly digest: string;
  /** Lets a `replace` remove more than half of the book. */
  readonly confirmRemoval?: boolean | undefined;
  /** As of a sync: when the user's account was made. */
  readonly accountCreatedAt?: Date | string | undefined;
}

const COMMIT_SETTINGS: OptionNames<CommitSettings> = {
  parts: true,
  digest: true,
  confirmRemoval: true,
  accountCreatedAt: true,
};

interface Incomplete {
  readonly parts: number;
  readonly received: number;
  readonly missing: readonly number[];
  readonly surplus: readonly number[];
}

function incomplete(details: Incomplete): ContactSyncError {
  const { parts, received, missing, surplus } = details;
  return new ContactSyncError(
    "SESSION_INCOMPLETE",
    surplus.length > 0
      ? `${received} parts have arrived where there should be ${parts}: ${surplus[0]} is not one of them; begin a new session`
      : `of ${parts} parts ${received} have arrived: ${missing[0]} is missing`,
    { details: { ...details } },
  );
}

const BATCH_SIZE = batchSizeFor(undefined, MAX_CONTACTS_PER_SESSION);

/** What the database has of a session. */
interface StagedRow {
  readonly parts: number;
  /** Up to 100 of each; then there are no keys. */
  readonly missing_parts: number[];
  readonly surplus_parts: number[];
  /** bigint, which comes as text: another one with every part that arrives. */
  readonly version: string;
  readonly phone_keys: Buffer;
  readonly device_id: string;
  readonly sync_mode: SyncMode;
  readonly device_contacts_count: number;
}

/** `commitSession` of `ContactsWithAccounts`, which describes it. */
export async function commitSession(
  engine: Engine,
  userId: string,
  sessionId: string,
  settings: CommitSettings,
): Promise<SyncResult> {
  const { parts, digest, confirmRemoval, accountCreatedAt } = readOptions(
    settings,
    COMMIT_SETTINGS,
    "the commit",
  );
  const session = {
    owner: engine.users.of(userId, "userId"),
    sessionId: assertUuid(sessionId, "sessionId"),
    confirmRemoval: assertBoolean(confirmRemoval ?? false, "confirmRemoval"),
    budget: true,
    signs: toSigns({ accountCreatedAt: assertTime(accountCreatedAt, "accountCreatedAt") }),
  };
  assertDigest(digest);
  assertCount(parts, "parts");
  return engine.forOwner(session.owner.uuid, (book) => commit(book, session, parts, digest));
}

async function commit(
  engine: BookEngine,
  session: Pick<StagedSession, "owner" | "sessionId" | "confirmRemoval" | "budget" | "signs">,
  parts: number,
  digest: string,
): Promise<SyncResult> {
  const staged = await engine.sql.call<StagedRow>("contact_sync_session_keys", [
    session.owner.uuid,
    session.sessionId,
    parts,
  ]);
  const { parts: received, missing_parts: missing, surplus_parts: surplus } = staged;
  if (missing.length > 0 || surplus.length > 0)
    throw incomplete({ parts, received, missing, surplus });
  const lists = new StreamLists();
  const found = await listStaged(engine, staged.phone_keys, lists);
  if (found !== digest) {
    throw new ContactSyncError(
      "SYNC_DIGEST_MISMATCH",
      "the digest is not that of the hashes that have arrived; send the parts again, or begin a new session",
    );
  }
  const run = {
    owner: session.owner,
    deviceContactsCount: staged.device_contacts_count,
    mode: staged.sync_mode,
  };
  return recordingFailure(engine, run, BATCH_SIZE, () =>
    storeSession(
      engine,
      {
        ...session,
        version: staged.version,
        deviceId: staged.device_id,
        mode: staged.sync_mode,
        batchSize: BATCH_SIZE,
      },
      lists,
      found,
    ),
  );
}

/** Enters what was staged in the lists, part by part as it was sent, and makes the digest of it. */
async function listStaged(
  { cipher }: BookEngine,
  phoneKeys: Buffer,
  lists: StreamLists,
): Promise<string> {
  let digest = EMPTY_DIGEST;
  let first = 0;
  for (const hashes of hashesOf(cipher.decryptBytes, phoneKeys)) {
    const news = lists.takeNew(readHashes(hashes, first), first);
    digest = applyToDigest(digest, { added: news.hashes });
    first += hashes.length;
    await setImmediate(); // a large book holds up nobody else
  }
  return digest;
}
