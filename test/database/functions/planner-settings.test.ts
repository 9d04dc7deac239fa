import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { useSql } from "../../support/sql.ts";

// A function's settings hold in those that it calls as well. So one that leaves its callee a part of
// the choice, and a callee that takes the rest, may leave no way to join: the planner then reckons
// with costs that no plan has, and compiles it.
const PROFILE = [
  "plan_cache_mode",
  "enable_nestloop",
  "enable_hashjoin",
  "enable_mergejoin",
  "enable_seqscan",
  "enable_bitmapscan",
  "jit",
];
const JOINS = ["enable_nestloop", "enable_hashjoin", "enable_mergejoin"];

// Compiling takes longer than any statement over these does.
const TABLES = [
  "contacts_with_accounts",
  "contact_sync_confirmed_contacts",
  "phones",
  "contact_sync_status",
  "contact_sync_runs",
  "contact_sync_staged_keys",
  "contact_sync_pending_links",
];
// They name a table and read at most one row of it.
const READ_NONE = [
  "apply_contact_sync_grants",
  "contact_sync_is_trusted_caller",
  "contact_sync_record_seal",
];

const FUNCTIONS = `
  select p.proname as name,
         p.prosrc as body,
         coalesce((select json_object_agg(split_part(c, '=', 1), split_part(c, '=', 2))
                     from unnest(p.proconfig) as c), '{}') as settings
    from pg_proc p
   where p.pronamespace = 'public'::regnamespace`;

describePostgres("planner settings", (server) => {
  const { rows } = useSql(server);

  async function functions(): Promise<
    { name: string; body: string; settings: Record<string, string> }[]
  > {
    const found = await rows(FUNCTIONS);
    expect(found.length).toBeGreaterThan(30);
    return found;
  }

  test("come as a whole profile or not at all, which leaves a way to join", async () => {
    const found = await functions();
    const withSome = found.filter(({ settings }) =>
      PROFILE.some((name) => name !== "jit" && name in settings),
    );
    expect(withSome.map(({ name }) => name)).toContain("contact_sync_merge");
    const incomplete = withSome.filter(({ settings }) =>
      PROFILE.some((name) => !(name in settings)),
    );
    expect(incomplete.map(({ name }) => name)).toEqual([]);
    const joinless = withSome.filter(({ settings }) =>
      JOINS.every((name) => settings[name] === "off"),
    );
    expect(joinless.map(({ name }) => name)).toEqual([]);
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
