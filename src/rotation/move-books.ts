import type { Engine } from "../engine/engine.ts";
import type { Secrets } from "../security/secrets.ts";
import { reseal } from "./reseal.ts";

/** What one transaction has moved. */
export interface Move {
  readonly owners: number;
  readonly contacts: number;
}

/** What a transaction takes at most. */
export interface BatchSizes {
  readonly numbers: number;
  readonly owners: number;
  /** Of several owners; a book that is larger has a transaction of its own. */
  readonly contacts: number;
}

const OWNERS_READ_AT_ONCE = 1_000;

/**
 * Moves all books that are yet to be moved, but those whom somebody has locked.
 *
 * @returns how many those are
 */
export async function moveBooks(
  engine: Engine,
  from: Secrets,
  to: Secrets,
  sizes: BatchSizes,
  onMove: (move: Move) => void,
): Promise<number> {
  let locked = 0;
  for (let after: string | null = null; ; ) {
    const read: { owner_ids: string[]; contact_counts: number[] } = await engine.sql.call(
      "contact_sync_books_to_move",
      [after, OWNERS_READ_AT_ONCE],
    );
    for (const ownerIds of batchesOf(read.owner_ids, read.contact_counts, sizes)) {
      const move = await moveBatch(engine, ownerIds, from, to);
      locked += ownerIds.length - move.owners;
      onMove(move);
    }
    if (read.owner_ids.length < OWNERS_READ_AT_ONCE) return locked;
    after = read.owner_ids.at(-1) as string;
  }
}

function* batchesOf(
  ownerIds: readonly string[],
  contactCounts: readonly number[],
  sizes: BatchSizes,
): Generator<string[]> {
  let batch: string[] = [];
  let contacts = 0;
  for (const [place, ownerId] of ownerIds.entries()) {
    const count = contactCounts[place] as number;
    if (batch.length > 0 && (contacts + count > sizes.contacts || batch.length === sizes.owners)) {
      yield batch;
      batch = [];
      contacts = 0;
    }
    batch.push(ownerId);
    contacts += count;
  }
  if (batch.length > 0) yield batch;
}

function moveBatch(
  { sql }: Engine,
  ownerIds: readonly string[],
  from: Secrets,
  to: Secrets,
): Promise<Move> {
  return sql.together(async (transaction) => {
    const taken = await transaction.call<{ owner_ids: string[]; phone_keys: Buffer }>(
      "contact_sync_take_books",
      [ownerIds],
    );
    if (taken.owner_ids.length === 0) return { owners: 0, contacts: 0 };
    const { keys, nextKeys } = await reseal(taken.phone_keys, from, to);
    const { contacts } = await transaction.call<{ contacts: number }>(
      "contact_sync_move_books",
      [taken.owner_ids, keys, nextKeys],
      "contact_sync_move_books as contacts",
    );
    return { owners: taken.owner_ids.length, contacts };
  });
}
