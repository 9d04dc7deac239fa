import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { DATABASE_FOLDER } from "../../../src/database/migrations/migration-files.ts";
import { readCatalog } from "../../support/catalog.ts";
import { describePostgres } from "../../support/postgres.ts";
import { installDefinitions } from "./support/install-definitions.ts";

test("the migrations are what npm run compose writes", async () => {
  const script = fileURLToPath(new URL("../scripts/compose-migrations.js", DATABASE_FOLDER));
  await promisify(execFile)(process.execPath, [script, "--check"]);
});

describePostgres("the present is equal to history", (server) => {
  test("a database of the definitions is the one of the migrations", async () => {
    const defined = await server.createDatabase({ template: "supabase" });
    await installDefinitions(defined.pool, DATABASE_FOLDER);
    const migrated = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString: migrated.connectionString });
    const catalog = await readCatalog(migrated.pool);
    expect(catalog.length).toBeGreaterThan(200);
    expect(await readCatalog(defined.pool)).toEqual(catalog);
  });
});
