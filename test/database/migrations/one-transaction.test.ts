import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMigrationFiles } from "../../../src/database/migrations/migration-files.ts";
import { describePostgres } from "../../support/postgres.ts";
import { findProgram } from "../../support/postgres-programs.ts";

describePostgres("a migration that is run by hand", (server) => {
  test.each([
    ["public", "public, pg_temp"],
    ["contact_engine", "contact_engine, pg_temp"],
    ["MixedCase", '"MixedCase", pg_temp'],
  ])("wants one transaction, in %s", async (schema, path) => {
    const { pool } = await server.createDatabase({ template: "supabase" });
    await pool.query(`create schema if not exists "${schema}"`);
    const client = await pool.connect();
    for (const { text } of await readMigrationFiles(schema)) {
      const [, line = "", rest = ""] = /(^set local search_path = .*;$)([\s\S]*)/m.exec(text) ?? [];
      await client.query(line); // a statement of its own, as psql sends it: only a warning
      await expect(client.query(rest)).rejects.toMatchObject({
        code: "25P01",
        message: expect.stringContaining("one transaction"),
        hint: expect.stringContaining("psql --set ON_ERROR_STOP=1 --single-transaction"),
      });
      await client.query(`begin; ${line}`);
      const { rows } = await client.query("select current_setting('search_path') as path");
      expect(rows).toEqual([{ path }]);
      await client.query(`${rest}; commit`);
    }
    client.release(true);
  });

  test("stops psql before anything is created", async ({ skip }) => {
    const psql = await findProgram("psql", server.major);
    if (psql === undefined) return skip(`this machine has no psql ${server.major}`);
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    const [first] = await readMigrationFiles("public");
    const file = join(tmpdir(), `contact-sync-by-hand-${process.pid}.sql`);
    await writeFile(file, first?.text ?? "");
    const run = (...options: string[]) =>
      psql("--no-psqlrc", "--set", "ON_ERROR_STOP=1", ...options, "--file", file, connectionString);
    await expect(run()).rejects.toThrow("has to run in one transaction");
    const tables = "select from pg_tables where schemaname = 'public'";
    expect((await pool.query(tables)).rows).toEqual([]);
    await run("--single-transaction");
    expect((await pool.query(tables)).rows.length).toBeGreaterThan(0);
  });
});
