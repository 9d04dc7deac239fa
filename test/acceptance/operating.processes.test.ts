// docs/operating.md: each recipe is run as it stands there, on servers of its own, and what comes out
// has to work for those who go on with it.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { createContactSync, migrate } from "contact-sync";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertBuilt, MAIN } from "../support/built.ts";
import { TEST_KEY } from "../support/key.ts";
import { findFolder } from "../support/postgres-programs.ts";
import { query } from "../support/query.ts";
import { createSupabaseRoles, grantAsSupabaseDoes } from "../support/supabase-roles.ts";
import { type RunningServer, startTestServer, type TestServer } from "../support/test-server.ts";
import { until } from "../support/until.ts";
import { type Fence, fencesOf, readDocument } from "./support/markdown.ts";

const BLOCKS = fencesOf(await readDocument("docs/operating.md"));
// pg_dump reads servers up to its own version, and Debian 12 has that of 15.
const PROGRAMS = await findFolder("pg_dump", 15);

const OWNER = randomUUID();
const FRIEND = randomUUID();
const NUMBERS = ["+201001230001", "+201001230002", "+201001230003"];

describe.runIf(PROGRAMS !== undefined || process.env["CI"])("docs/operating.md", () => {
  let supabase: RunningServer; // 15, laid out as Supabase lays out its own
  let old: RunningServer; // 15, and nothing but a superuser
  let newer: RunningServer; // 18, likewise
  let folder: string;
  const left = new Set<Fence>(BLOCKS);

  beforeAll(async () => {
    assertBuilt();
    if (PROGRAMS === undefined) throw new Error("pg_dump 15 or newer is not installed");
    folder = await mkdtemp(join(tmpdir(), "contact-sync-operating-"));
    await writeFile(join(folder, "contact-sync"), `#!/bin/sh\nexec node "${MAIN}" "$@"\n`);
    await chmod(join(folder, "contact-sync"), 0o755);
    [supabase, old, newer] = await Promise.all([
      startTestServer(15, "supabase_admin"),
      startTestServer(15),
      startTestServer(18),
    ]);
    await createSupabaseRoles(supabase.server);
    await query(addressOf(old.server, "postgres"), "alter system set wal_level = logical");
    await old.restart();
  });
  afterAll(async () => {
    await Promise.all([supabase, old, newer].map((running) => running?.stop()));
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  /** Runs the next block of a section, and says what it printed. */
  async function run(
    heading: string,
    environment: { DATABASE_URL: string; TARGET_URL?: string },
  ): Promise<string> {
    const block = [...left].find((fence) => fence.heading === heading);
    if (block === undefined) throw new Error(`there is no further block under ${heading}`);
    left.delete(block);
    if (block.language === "sql") {
      await query(environment.DATABASE_URL, block.code);
      return "";
    }
    const { stdout } = await promisify(execFile)(
      "bash",
      ["--norc", "-euo", "pipefail", "-c", block.code],
      {
        cwd: folder,
        env: {
          ...environment,
          CONTACT_SYNC_KEY: TEST_KEY,
          PATH: [folder, PROGRAMS, process.env["PATH"]].join(delimiter),
          HOME: folder,
        },
      },
    );
    return stdout;
  }

  /** An empty database, as the server's roles leave one. */
  async function createDatabase({ server }: RunningServer): Promise<string> {
    const name = `operating_${randomUUID().slice(0, 8)}`;
    const owner = server.superuser === "postgres" ? "" : " owner postgres";
    const admin = `postgresql://${server.superuser}@/postgres?host=${encodeURIComponent(server.host)}&port=${server.port}`;
    await query(admin, `create database ${name} template template0${owner}`);
    if (owner !== "") await grantAsSupabaseDoes(server, name);
    return addressOf(server, name);
  }

  /** The same, with an installation that holds a book. */
  async function createFilled(running: RunningServer): Promise<string> {
    const address = await createDatabase(running);
    await migrate({ connectionString: address });
    const contactSync = await createContactSync({ database: address, key: TEST_KEY });
    await contactSync.syncContacts(OWNER, NUMBERS, NUMBERS.length);
    await contactSync.link(FRIEND, NUMBERS[0] as string);
    await contactSync.close();
    return address;
  }

  /** The book is there, its links are, and syncs and links go on. */
  async function expectToServe(address: string, schema = "public"): Promise<void> {
    const contactSync = await createContactSync({ database: address, key: TEST_KEY, schema });
    try {
      expect(await contactSync.syncContacts(OWNER, NUMBERS, NUMBERS.length)).toMatchObject({
        contacts_inserted: 0,
        contacts_unchanged: NUMBERS.length,
        matches: [{ index: 0, user_id: FRIEND }],
      });
      const other = randomUUID();
      await contactSync.syncContacts(other, NUMBERS, NUMBERS.length);
      await contactSync.link(randomUUID(), NUMBERS[1] as string);
      expect((await contactSync.listContacts(other, { linked: true })).contacts).toHaveLength(2);
    } finally {
      await contactSync.close();
    }
  }

  test("The rule for everything below", async () => {
    const DATABASE_URL = await createFilled(supabase);
    expect(await run("The rule for everything below", { DATABASE_URL })).toContain("is healthy");
    expect(await run("The rule for everything below", { DATABASE_URL })).toContain("is healthy");
  });

  test("The back end's role", async () => {
    const DATABASE_URL = await createFilled(old);
    await run("The back end's role", { DATABASE_URL });
    await expectToServe(DATABASE_URL.replace("//postgres@", "//app_backend@"));
  });

  test("Changing the key", async () => {
    const DATABASE_URL = await createFilled(newer);
    const said = await run("Changing the key", { DATABASE_URL });
    expect(said).toContain("3 contacts of 1 owner were re-sealed");
    expect(said).toContain("No change of the key is under way");
  });

  test("Backup and restore", async () => {
    const DATABASE_URL = await createFilled(supabase);
    const TARGET_URL = await createDatabase(supabase);
    expect(await run("Backup and restore", { DATABASE_URL, TARGET_URL })).toMatch(
      /^fix.* revoke /m,
    );
    await expectToServe(TARGET_URL);
  });

  test("Moving to another server or project", async () => {
    const DATABASE_URL = await createFilled(old);
    const TARGET_URL = await createDatabase(supabase);
    await run("Moving to another server or project", { DATABASE_URL, TARGET_URL });
    await expectToServe(TARGET_URL);
  });

  test("Moving to another schema", async () => {
    const DATABASE_URL = await createFilled(supabase);
    await run("Moving to another schema", { DATABASE_URL });
    await run("Moving to another schema", { DATABASE_URL });
    await expectToServe(DATABASE_URL, "contacts");
    expect(await ours(DATABASE_URL)).toEqual([]);
  });

  test("Moving to another schema, by renaming it", async () => {
    const DATABASE_URL = await createDatabase(old);
    await migrate({ connectionString: DATABASE_URL, schema: "first" });
    await query(DATABASE_URL, "alter schema first rename to second");
    const settings = { ...process.env, DATABASE_URL, CONTACT_SYNC_KEY: TEST_KEY };
    await promisify(execFile)("node", [MAIN, "doctor", "--fix"], {
      env: { ...settings, CONTACT_SYNC_SCHEMA: "second" },
    });
    const contactSync = await createContactSync({
      database: DATABASE_URL,
      key: TEST_KEY,
      schema: "second",
    });
    expect(await contactSync.syncContacts(OWNER, NUMBERS, 3)).toMatchObject({
      contacts_inserted: NUMBERS.length,
    });
    await contactSync.close();
  });

  test("Upgrading PostgreSQL", async () => {
    const UPGRADED_URL = await createFilled(newer);
    await run("Upgrading PostgreSQL", { DATABASE_URL: UPGRADED_URL, TARGET_URL: UPGRADED_URL });

    const DATABASE_URL = await createFilled(old);
    const TARGET_URL = await createDatabase(newer);
    await run("Upgrading PostgreSQL", { DATABASE_URL, TARGET_URL });
    await until("the first copy is there", async () => {
      const states = await query(
        TARGET_URL,
        "select from pg_subscription_rel where srsubstate <> 'r'",
      );
      return states.length === 0;
    });
    // Goes on until the switch.
    const before = await createContactSync({ database: DATABASE_URL, key: TEST_KEY });
    const late = randomUUID();
    await before.syncContacts(late, NUMBERS, NUMBERS.length);
    await before.close();
    await until("the last change is there", async () => {
      const rows = await query(
        TARGET_URL,
        `select from contacts_with_accounts where owner_id = '${late}'`,
      );
      return rows.length === NUMBERS.length;
    });
    expect(await run("Upgrading PostgreSQL", { DATABASE_URL, TARGET_URL })).toMatch(
      /^fix.*setval/m,
    );
    await expectToServe(TARGET_URL);
  });

  test("Poolers", async () => {
    const DATABASE_URL = await createFilled(supabase);
    await run("Poolers", { DATABASE_URL });
    expect(await query(DATABASE_URL, "show idle_in_transaction_session_timeout")).toEqual([
      { idle_in_transaction_session_timeout: "5min" },
    ]);
  });

  test("Uninstalling", async () => {
    const DATABASE_URL = await createFilled(supabase);
    await query(DATABASE_URL, "create table phones_of_the_app (id integer)");
    await run("Uninstalling", { DATABASE_URL });
    expect(await ours(DATABASE_URL)).toEqual(["phones_of_the_app"]);
    await migrate({ connectionString: DATABASE_URL });
  });

  test("no block is left that was not run", () => {
    expect([...left].map(({ heading, code }) => `${heading}: ${code}`)).toEqual([]);
  });
});

function addressOf({ host, port }: TestServer, database: string): string {
  return `postgresql://postgres@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

/** What is left in public, of whatever kind. */
async function ours(address: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace
       union all
       select proname from pg_proc where pronamespace = 'public'::regnamespace
       union all
       select t.typname from pg_type t
        where t.typnamespace = 'public'::regnamespace and t.typrelid = 0 and t.typelem = 0`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
