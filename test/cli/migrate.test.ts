import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { type CliOptions, environmentOf, runCli } from "./support/run-cli.ts";

describePostgres("contact-sync migrate", (server) => {
  const database = useDatabase(server, { template: "supabase" });
  const cli = (args: string[], options: CliOptions = {}) =>
    runCli(args, { environment: environmentOf(database()), ...options });

  test("nobody's server is migrated unasked; status, migrate and again say where it stands", async () => {
    const refused = await cli(["stats"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^DATABASE_NOT_MIGRATED: .*contact-sync migrate/);

    const before = await cli(["migrate", "status"]);
    expect(before.code).toBe(3);
    expect(before.stdout).toMatch(/^pending {2}012_/);

    const { DATABASE_URL } = environmentOf(database());
    const first = await cli(["migrate"], { environment: { DATABASE_URL } });
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^applied 012_[\s\S]*Schema "public" is current\.\n$/);
    const second = await cli(["migrate", "--json"]);
    expect(JSON.parse(second.stdout)).toMatchObject({ schema: "public", applied: [] });

    const after = await cli(["migrate", "status", "--json"]);
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({ pending: [], unknown: [] });
    expect(await cli(["stats"])).toMatchObject({ code: 0 });
  });

  test("a key other than the first one is refused", async () => {
    const environment = { ...environmentOf(database()), CONTACT_SYNC_KEY: "60".repeat(32) };
    const { code, stderr } = await cli(["stats"], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^KEY_MISMATCH: /);
  });

  test("CONTACT_SYNC_SCHEMA names another schema", async () => {
    const environment = { ...environmentOf(database()), CONTACT_SYNC_SCHEMA: "books" };
    expect((await cli(["migrate"], { environment })).stdout).toContain('Schema "books"');
    expect(await cli(["estimate", "2"], { environment })).toMatchObject({ code: 0 });
  });

  test("--supabase writes files, leaves them alone, and needs no database", async () => {
    const folder = await mkdtemp(join(tmpdir(), "contact-sync-supabase-"));
    const run = (...options: string[]) => runCli(["migrate", "--supabase", folder, ...options]);
    try {
      const first = JSON.parse((await run("--json")).stdout);
      const files = (await readdir(folder)).sort();
      expect(first).toEqual({ folder, files, kept: [], differing: [] });
      const second = await run();
      expect(second.code).toBe(0);
      expect(second.stdout).toContain(`Left alone what was there: ${files.length} files.`);

      await writeFile(join(folder, files[2] as string), "-- another text\n");
      const third = await run();
      expect(third.code).toBe(3);
      expect(third.stdout).toMatch(new RegExp(`left alone as well:\\n  ${files[2]}\\n.*delete it`));
      expect(await readFile(join(folder, files[2] as string), "utf8")).toBe("-- another text\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
