import type { Queryable } from "../database.ts";
import type { Fault } from "./fault.ts";

// A schema that was renamed leaves its functions looking into the old one, which may be gone or be
// somebody else's by now. The check is such a function, so this is asked from outside. Of the
// functions in the schema, ours are those that look into one schema and then pg_temp, and belong to
// whoever owns the check.
const STRAYING = `
  select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as object,
         pg_catalog.format('alter function %I.%I(%s) set search_path = %I, pg_temp;',
                           n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), n.nspname) as cure
    from pg_catalog.pg_namespace n
    join pg_catalog.pg_proc c on c.pronamespace = n.oid and c.proname = 'check_contact_sync' and c.pronargs = 0
    join pg_catalog.pg_proc p on p.pronamespace = n.oid and p.proowner = c.proowner
   cross join lateral pg_catalog.unnest(c.proconfig) as expected (setting)
   cross join lateral pg_catalog.unnest(p.proconfig) as found (setting)
   where n.nspname = $1
     and expected.setting like 'search\\_path=%'
     and expected.setting <> pg_catalog.format('search_path=%I, pg_temp', n.nspname)
     and found.setting = expected.setting
   order by 1`;

/** The functions of a schema that was renamed; none where the check looks where it should. */
export async function strayingSearchPaths(database: Queryable, schema: string): Promise<Fault[]> {
  const { rows } = await database.query<{ object: string; cure: string }>(STRAYING, [schema]);
  return rows.map(({ object, cure }) => ({
    code: "SEARCH_PATH",
    severity: "unsafe",
    object,
    problem: "it looks into another schema than its own",
    cure,
    is_fixable: true,
  }));
}
