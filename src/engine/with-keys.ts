import { setTimeout as delay } from "node:timers/promises";
import { mayBeAnotherKey, type SqlFunctions } from "../database/sql-functions.ts";
import { isUuid } from "../input/arguments.ts";
import type { Secrets } from "../security/secrets.ts";
import type { BookEngine, DirectoryKeys, Engine, EngineBase } from "./engine.ts";

// A book is moved once a rotation, and a rotation has four steps.
const ATTEMPTS = 8;
const FIRST_DELAY_MS = 5;

/** An engine out of what knows of no key: its `forOwner` and `withKeys`. */
export function createEngine(base: EngineBase): Engine {
  return {
    ...base,
    forOwner: (ownerId, work) =>
      repeated(base, async () => work(bookEngine(base, await secretsOf(base, ownerId), ownerId))),
    withKeys: (work) => repeated(base, () => work(directoryKeys(base))),
  };
}

/** An engine for several books of one key, by the first of their owners. */
export function bookEngine(base: EngineBase, secrets: Secrets, ownerId: string): BookEngine {
  const { record, userIdSecrets: _, ...made } = secrets;
  // Of what is no owner's name, the operation says so itself.
  const owner = isUuid(ownerId) ? ownerId : null;
  return { ...base, ...made, sql: base.sql.sealedWith(record, owner) };
}

/** By the key of each owner's book: the places of the owners in the list. One entry, mostly. */
export async function placesByKey(
  { sql, keyRing }: EngineBase,
  ownerIds: readonly string[],
): Promise<Map<Secrets, number[]>> {
  const { current, isMoving } = keyRing.inForce;
  const places = ownerIds.map((_, place) => place);
  if (!isMoving || ownerIds.length === 0) return new Map([[current, places]]);
  const numberOf = await numbersOf(sql, [...new Set(ownerIds)]);
  const byKey = new Map<Secrets, number[]>();
  for (const [place, ownerId] of ownerIds.entries()) {
    const secrets = keyRing.secretsOf(numberOf.get(ownerId) as number) ?? current;
    byKey.set(secrets, [...(byKey.get(secrets) ?? []), place]);
  }
  // In one order, so that two calls don't wait for each other.
  return new Map([...byKey].sort(([one], [other]) => one.number - other.number));
}

/** Does work again while a rotation gets in its way. */
export async function repeated<Result>(
  { keyRing }: EngineBase,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const { record } = keyRing;
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !mayBeAnotherKey(error)) throw error;
      const isAnother = await keyRing.renew(record);
      // A book may have been moved while the keys in force are the same.
      const { isMoving, previous } = keyRing.inForce;
      if (!isAnother && !isMoving && previous === null) throw error;
      await delay(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

async function secretsOf({ sql, keyRing }: EngineBase, ownerId: string): Promise<Secrets> {
  const { current, isMoving } = keyRing.inForce;
  if (!isMoving || !isUuid(ownerId)) return current;
  const numberOf = await numbersOf(sql, [ownerId]);
  return keyRing.secretsOf(numberOf.get(ownerId) as number) ?? current;
}

async function numbersOf(
  sql: SqlFunctions,
  ownerIds: readonly string[],
): Promise<Map<string, number>> {
  const { numbers } = await sql.call<{ numbers: number[] }>(
    "contact_sync_book_key_numbers",
    [ownerIds],
    "contact_sync_book_key_numbers as numbers",
  );
  return new Map(ownerIds.map((ownerId, place) => [ownerId, numbers[place] as number]));
}

function directoryKeys({ sql, keyRing }: EngineBase): DirectoryKeys {
  const { current, next } = keyRing.inForce;
  return { current, next, sql: sql.sealedWith(current.record, null) };
}
