import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { useSql } from "../../support/sql.ts";

/** The profiles of database/README.md, which says why: a name, and all its settings by name. */
const PROFILES = readProfiles(
  await readFile(new URL("../../../database/README.md", import.meta.url), "utf8"),
);
const SETTINGS = Object.keys(PROFILES["by index"] ?? {});
/** The one profile that leaves the rest to the caller. */
const NOT_COMPILED = "not compiled";
const DEFINITIONS = new URL("../../../database/definitions/", import.meta.url);

// Compiling takes longer than any statement over these does.
const TABLES = [
  "contacts_with_accounts",
  "contact_sync_confirmed_contacts",
  "phones",
  "contact_sync_status",
  "contact_sync_runs",
  "contact_sync_staged_keys",
  "contact_sync_pending_links",
  "contact_sync_outbox",
];
// They name a table and read at most one row of it.
const READ_NONE = [
  "apply_contact_sync_grants",
  "contact_sync_cluster_owner_groups",
  "contact_sync_is_queue_large",
  "contact_sync_is_trusted_caller",
  "contact_sync_record_seal",
  "contact_sync_spread_tables",
  "distribute_contact_sync",
];

const FUNCTIONS = `
  select p.proname as name,
         p.prosrc as body,
         coalesce((select json_object_agg(split_part(c, '=', 1), split_part(c, '=', 2))
                     from unnest(p.proconfig) as c), '{}') as settings
    from pg_proc p
   where p.pronamespace = 'public'::regnamespace`;

describePostgres("planner settings", (server) => {
  const { rows } = useSql(server, { template: "undistributed" }); // spreading changes them

  async function functions(): Promise<
    { name: string; body: string; settings: Record<string, string> }[]
  > {
    const found = await rows(FUNCTIONS);
    expect(found.length).toBeGreaterThan(30);
    return found;
  }

  test("are those of one profile of database/README.md, all of them", async () => {
    const strays = (await functions()).filter(
      ({ settings }) => SETTINGS.some((name) => name in settings) && !profileOf(settings),
    );
    expect(strays.map(({ name }) => name)).toEqual([]);
  });

  test("are of a profile whose name stands in the definition, and each profile has a use", async () => {
    const named = await namedProfiles();
    for (const { name, settings } of await functions()) {
      const profile = profileOf(settings);
      expect([name, named.get(name)]).toEqual([
        name,
        profile === NOT_COMPILED ? undefined : profile,
      ]);
    }
    const used = new Set((await functions()).map(({ settings }) => profileOf(settings)));
    for (const profile of Object.keys(PROFILES)) expect(used).toContain(profile);
  });

  test("leave a way to join", () => {
    for (const profile of Object.values(PROFILES)) {
      const joins = ["enable_nestloop", "enable_hashjoin", "enable_mergejoin"];
      expect(joins.every((join) => profile[join] === "off")).toBe(false);
    }
  });

  test("keep every statement over our tables from being compiled", async () => {
    const compiled = (await functions()).filter(
      ({ name, body, settings }) =>
        !READ_NONE.includes(name) &&
        settings["jit"] !== "off" &&
        TABLES.some((table) => new RegExp(`\\b${table}\\b`).test(body)),
    );
    expect(compiled.map(({ name }) => name)).toEqual([]);
  });
});

/** The table whose rows are profiles; an empty cell is a setting that the profile leaves alone. */
function readProfiles(text: string): Record<string, Record<string, string>> {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => line.startsWith("| profile |"));
  const rest = lines.slice(header + 2);
  const rows = rest.slice(0, rest.indexOf("")).map(cellsOf);
  const settings = cellsOf(lines[header] ?? "")
    .slice(1)
    .map((name) => (/^(plan_|jit)/.test(name) ? name : `enable_${name}`));
  return Object.fromEntries(
    rows.map(([profile, ...values]) => [
      profile,
      Object.fromEntries(
        settings.flatMap((name, place) => (values[place] ? [[name, values[place]]] : [])),
      ),
    ]),
  );
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function profileOf(settings: Record<string, string>): string | undefined {
  const own = Object.fromEntries(
    Object.entries(settings).filter(([name]) => SETTINGS.includes(name)),
  );
  return Object.keys(PROFILES).find((profile) => isDeepStrictEqual(PROFILES[profile], own));
}

/** What each definition says of itself, by the name of its function. */
async function namedProfiles(): Promise<Map<string, string>> {
  const files = await readdir(new URL("functions/", DEFINITIONS), { recursive: true });
  const named = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith(".sql"))) {
    const text = await readFile(new URL(`functions/${file}`, DEFINITIONS), "utf8");
    const profile = /^-- planner profile: (.+)$/m.exec(text)?.[1];
    if (profile !== undefined) named.set(basename(file, ".sql"), profile);
  }
  return named;
}
