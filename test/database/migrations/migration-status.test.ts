import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { migrationNames } from "../../../src/database/migrations/migration-files.ts";
import { readMigrationStatus } from "../../../src/database/migrations/migration-status.ts";
import { describePostgres } from "../../support/postgres.ts";

describePostgres("readMigrationStatus", (server) => {
  test("of a bare schema, a missing one, a migrated one", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    const names = await migrationNames();
    const bare = { applied: [], pending: names, unknown: [] };
    expect(await readMigrationStatus(pool, "public")).toEqual(bare);
    expect(await readMigrationStatus(pool, "not_there")).toEqual(bare);

    await migrate({ connectionString });
    const current = { applied: names, pending: [], unknown: [] };
    expect(await readMigrationStatus(pool, "public")).toEqual(current);
    expect(await readMigrationStatus(pool, "not_there")).toEqual(bare);
  });

  test("of a schema that lacks the last one, and of one that a newer version had", async () => {
    const { pool } = await server.createDatabase();
    const names = await migrationNames();
    const last = names.at(-1) as string;
    await pool.query("delete from contact_sync_migrations where name = $1", [last]);
    expect(await readMigrationStatus(pool, "public")).toEqual({
      applied: names.slice(0, -1),
      pending: [last],
      unknown: [],
    });
    await pool.query(
      "insert into contact_sync_migrations (name, run_on) values ($1, now()), ('999_tomorrow', now())",
      [last],
    );
    expect(await readMigrationStatus(pool, "public")).toEqual({
      applied: [...names, "999_tomorrow"],
      pending: [],
      unknown: ["999_tomorrow"],
    });
  });

  test("refuses somebody else's table of that name", async () => {
    const { pool } = await server.createDatabase({ template: "supabase" });
    await pool.query("create table contact_sync_migrations (version int)");
    await expect(readMigrationStatus(pool, "public")).rejects.toMatchObject({ code: "NAME_TAKEN" });
  });
});
