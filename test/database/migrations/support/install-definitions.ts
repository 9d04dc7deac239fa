import { readdir, readFile } from "node:fs/promises";
import type pg from "pg";
import { SEARCH_PATH_LINE } from "../../../../src/database/migrations/migration-files.ts";

/**
 * Runs every definition of a database folder in an empty schema, as if there had never been a
 * migration. In whatever order goes: a file that needs another one waits until that one is there.
 */
export async function installDefinitions(pool: pg.Pool, folder: URL): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query(SEARCH_PATH_LINE);
    await client.query("set local check_function_bodies = off");
    let waiting = await readDefinitions(folder);
    while (waiting.length > 0) {
      const failed: typeof waiting = [];
      let reason: unknown;
      for (const definition of waiting) {
        await client.query("savepoint before");
        await client.query(definition.text).catch(async (error) => {
          reason = error;
          failed.push(definition);
          await client.query("rollback to savepoint before");
        });
      }
      if (failed.length === waiting.length) {
        throw new Error(`nothing made way for ${failed[0]?.file}`, { cause: reason });
      }
      waiting = failed;
    }
    await client.query("select apply_contact_sync_grants()");
    await client.query("commit");
  } finally {
    client.release(true);
  }
}

async function readDefinitions(folder: URL) {
  const definitions = new URL("definitions/", folder);
  const files = await readdir(definitions, { recursive: true });
  return Promise.all(
    files
      // The guards look at what is there before.
      .filter((file) => file.endsWith(".sql") && !file.startsWith("guard"))
      .sort()
      .map(async (file) => ({ file, text: await readFile(new URL(file, definitions), "utf8") })),
  );
}
