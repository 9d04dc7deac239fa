import { setImmediate } from "node:timers/promises";
import { UuidArray } from "../database/uuid-array.ts";
import type { Secrets } from "../security/secrets.ts";

const KEY_BYTES = 16;
const KEYS_AT_ONCE = 10_000;

/** Phone keys of one sealing key, and the same numbers by another one. */
export interface Resealed {
  readonly keys: UuidArray;
  readonly nextKeys: UuidArray;
}

/** @param keys as bytes, 16 a key */
export async function reseal(keys: Buffer, from: Secrets, to: Secrets): Promise<Resealed> {
  const next: Buffer[] = [];
  for (let start = 0; start < keys.length; start += KEYS_AT_ONCE * KEY_BYTES) {
    const part = keys.subarray(start, start + KEYS_AT_ONCE * KEY_BYTES);
    next.push(to.cipher.encryptToBytes(from.cipher.decryptBytes(part)));
    await setImmediate(); // a large book holds up nobody else
  }
  return { keys: new UuidArray(keys), nextKeys: new UuidArray(Buffer.concat(next)) };
}

/** Of keys as PostgreSQL writes them. */
export function resealTexts(
  keys: readonly string[],
  from: Secrets,
  to: Secrets,
): Promise<Resealed> {
  return reseal(Buffer.from(keys.join("").replaceAll("-", ""), "hex"), from, to);
}
