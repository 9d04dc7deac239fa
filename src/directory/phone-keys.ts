import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";

/**
 * Changes the directory: with the phone keys of some hashes by the key in force and, while the key is
 * being changed, by the next one as well.
 *
 * @returns beside what `change` does all of those keys, whose contacts the linker sees to
 */
export function withPhoneKeys<Changed>(
  engine: Engine,
  hashes: readonly string[],
  change: (
    sql: SqlFunctions,
    phoneKeys: string[],
    nextPhoneKeys: string[] | null,
  ) => Promise<Changed>,
): Promise<{ readonly changed: Changed; readonly keys: string[] }> {
  return engine.withKeys(async ({ sql, current, next }) => {
    const phoneKeys = current.cipher.encrypt(hashes);
    const nextKeys = next === null ? null : next.cipher.encrypt(hashes);
    return {
      changed: await change(sql, phoneKeys, nextKeys),
      keys: [...phoneKeys, ...(nextKeys ?? [])],
    };
  });
}
