import { digestInSlices } from "../hashing/digest.ts";
import type { ContactSyncError } from "../protocol/errors.ts";
import { MAX_CONTACTS_PER_CALL } from "../protocol/limits.ts";
import type { SyncResponse, SyncSession } from "../protocol/wire.ts";
import { type Exchange, isCode, isRemovalMeant, jsonOf } from "./exchange.ts";
import type { OpenSession } from "./state.ts";

/** What a part holds on an average: less than it may, since hashes fall into parts by chance. */
const PART_CONTACTS = 7_500;
/** How often a commit is asked for; the service drops a session after ten. */
const ATTEMPTS = 8;
const CHANGED_WAIT_MS = 2_000;

/**
 * A full sync in parts. Which part a hash goes into depends on nothing but the hash, so an app that
 * was killed goes on with the session that it had begun: the service says which parts are missing.
 *
 * @returns null where it would remove more than is meant
 */
export async function sendSession(
  exchange: Exchange,
  hashes: readonly string[],
): Promise<SyncResponse | null> {
  const { state, slices } = exchange;
  const digest = await digestInSlices(hashes, slices);
  const parts = await divide(exchange, hashes);
  const isSame = state.session?.digest === digest && state.session.parts === parts.length;
  let session = isSame ? state.session : null;
  const sent = new Set<number>();
  let confirmRemoval = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (session === null) {
        sent.clear();
        session = await begin(exchange, hashes.length, digest, parts.length);
        await sendParts(exchange, session, parts, parts.keys(), sent);
      }
      return await commit(exchange, session, confirmRemoval);
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      if (isCode(error, "SESSION_INCOMPLETE") && session !== null && hasMissing(error)) {
        await sendParts(exchange, session, parts, missingOf(error), sent);
      } else if (isCode(error, "SESSION_CHANGED")) {
        await exchange.platform.sleep(CHANGED_WAIT_MS);
      } else if (isCode(error, "REPLACE_NEEDS_CONFIRMATION") && !confirmRemoval) {
        if (!(await isRemovalMeant(exchange, error))) return null;
        confirmRemoval = true;
      } else if (isCode(error, "SESSION_NOT_FOUND", "SESSION_INCOMPLETE", "SYNC_DIGEST_MISMATCH")) {
        session = null;
      } else {
        throw error;
      }
    }
  }
}

async function begin(
  exchange: Exchange,
  deviceContactsCount: number,
  digest: string,
  parts: number,
): Promise<OpenSession> {
  const { state, service } = exchange;
  const body = JSON.stringify({ deviceId: state.deviceId, mode: "replace", deviceContactsCount });
  const { session_id: id } = await service.ask<SyncSession>({
    method: "POST",
    path: "/contacts/sync/sessions",
    body,
  });
  state.session = { id, digest, parts };
  await exchange.save();
  return state.session;
}

async function sendParts(
  { service, slices, tell }: Exchange,
  { id }: OpenSession,
  parts: readonly (readonly string[])[],
  numbers: Iterable<number>,
  sent: Set<number>,
): Promise<void> {
  for (const number of numbers) {
    const body = `{"phoneHashes":${await jsonOf(parts[number] ?? [], slices)}}`;
    const path = `/contacts/sync/sessions/${id}/parts/${number}`;
    await service.ask({ method: "PUT", path, body });
    sent.add(number);
    tell({ phase: "sending", done: sent.size, total: parts.length });
  }
}

function commit(
  { service, state }: Exchange,
  { id, parts, digest }: OpenSession,
  confirmRemoval: boolean,
): Promise<SyncResponse> {
  state.session = { id, parts, digest };
  const body = JSON.stringify({ parts, digest, confirmRemoval });
  return service.ask({ method: "POST", path: `/contacts/sync/sessions/${id}/commit`, body });
}

function missingOf(error: unknown): number[] {
  const missing = (error as ContactSyncError).details?.["missing"];
  return Array.isArray(missing) ? missing.map(Number) : [];
}

function hasMissing(error: unknown): boolean {
  return missingOf(error).length > 0;
}

/** As few parts as keep each within a request. */
async function divide(
  { slices }: Exchange,
  hashes: readonly string[],
): Promise<readonly (readonly string[])[]> {
  for (let count = Math.ceil(hashes.length / PART_CONTACTS); ; count += 1) {
    const parts = Array.from({ length: count }, (): string[] => []);
    for (const [index, hash] of hashes.entries()) {
      parts[Number.parseInt(hash.slice(0, 8), 16) % count]?.push(hash);
      const turn = index % 200 === 0 ? slices.turn() : undefined;
      if (turn) await turn;
    }
    if (parts.every(({ length }) => length <= MAX_CONTACTS_PER_CALL)) return parts;
  }
}
