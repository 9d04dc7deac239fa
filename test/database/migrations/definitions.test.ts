import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { SEARCH_PATH_LINE } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";

const ROOT = new URL("../../../", import.meta.url);
const DATABASE = new URL("database/", ROOT);

interface Composition {
  [migration: string]: { title: string; definitions: string[] };
}

const composition: Composition = JSON.parse(
  await readFile(new URL("composition.json", DATABASE), "utf8"),
);
const definitions = Object.values(composition).flatMap((migration) => migration.definitions);

test("the migrations are what npm run compose writes", async () => {
  const script = fileURLToPath(new URL("scripts/compose-migrations.js", ROOT));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

test("each definition is in one migration, and each migration is composed", async () => {
  const files = await readdir(new URL("definitions/", DATABASE), { recursive: true });
  expect([...definitions].sort()).toEqual(files.filter((file) => file.endsWith(".sql")).sort());
  const migrations = await readdir(new URL("migrations/", DATABASE));
  expect(Object.keys(composition).sort()).toEqual(migrations.sort());
});

describePostgres("the present is equal to history", (server) => {
  test("a database of the definitions is the one of the migrations", async () => {
    const defined = await server.createDatabase({ template: "supabase" });
    const client = await defined.pool.connect();
    await client.query("begin");
    await client.query(SEARCH_PATH_LINE);
    for (const file of definitions) {
      await client.query(await readFile(new URL(`definitions/${file}`, DATABASE), "utf8"));
    }
    await client.query("select apply_contact_sync_grants()");
    await client.query("commit");
    client.release();

    const migrated = await server.createDatabase();
    const catalog = await readCatalog(migrated.pool);
    expect(catalog.length).toBeGreaterThan(200);
    expect(await readCatalog(defined.pool)).toEqual(
      catalog.filter((line) => !/^\S+( \S)? _?contact_sync_migrations/.test(line)),
    );
  });
});
