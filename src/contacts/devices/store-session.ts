import type { SyncMode, SyncResult } from "@contact-sync/client";
import type { BookEngine } from "../../engine/engine.ts";
import type { User } from "../../engine/users.ts";
import type { StreamLists } from "../sync/stream-lists.ts";
import { SYNC_COLUMNS, type SyncRow, toSyncResult } from "../sync/sync-result.ts";
import { deviceToken } from "./device-token.ts";

/** A session whose parts have all been staged. */
export interface StagedSession {
  readonly owner: User;
  readonly sessionId: string;
  /** What was read of it: the database stores no other. */
  readonly version: string;
  readonly deviceId: string;
  readonly mode: SyncMode;
  readonly batchSize: number;
  readonly confirmRemoval: boolean;
  readonly budget: boolean;
  /** What was seen of it, as the database takes it. */
  readonly signs: string | null;
}

/**
 * Stores a session in one transaction.
 *
 * @param lists of all that was staged
 * @param digest of the same
 */
export async function storeSession(
  engine: BookEngine,
  session: StagedSession,
  lists: StreamLists,
  digest: string,
): Promise<SyncResult> {
  const row = await engine.sql
    .naming([session.owner])
    .call<SyncRow>(
      "contact_sync_commit_session",
      [
        session.owner.uuid,
        session.sessionId,
        session.version,
        session.batchSize,
        session.confirmRemoval,
        session.budget,
        session.signs,
      ],
      SYNC_COLUMNS,
    );
  await lists.addMatchesOf(engine, row);
  const token = await deviceToken(engine, row, {
    ...session,
    ownerId: session.owner.uuid,
    digestOfSent: () => digest,
  });
  return toSyncResult(row, lists.all(), token);
}
