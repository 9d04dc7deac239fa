import pg from "pg";
import { SUPERUSER } from "./cluster.ts";
import type { Endpoint } from "./endpoint.ts";
import { passwordOfRole } from "./password.ts";

/** The database, and the role that owns it: whom the library, the CLI and the service connect as. */
export const DATABASE = "contact_sync";
export const LIBRARY_ROLE = "contact_sync";

/**
 * Makes the role and its database, where they are missing, and hands over what earlier versions
 * created as the superuser.
 *
 * Whoever comes to run SQL as a superuser reads every file of the server's user, the sealing key
 * among them, and runs programs. As this role they have the database, which is sealed.
 *
 * @param client the superuser's connection to the maintenance database
 * @returns the role's password, the same at every start
 */
export async function prepareLibraryRole(
  client: pg.Client,
  endpoint: Endpoint,
  superuserPassword: string,
): Promise<string> {
  const password = passwordOfRole(superuserPassword, LIBRARY_ROLE);
  await ensureRole(client, password);
  const owner = await ownerOfDatabase(client);
  if (owner === undefined) {
    await client.query(`create database ${DATABASE} owner ${LIBRARY_ROLE}`);
  } else if (owner !== LIBRARY_ROLE) {
    await handOver(endpoint, superuserPassword);
  }
  return password;
}

async function ensureRole(client: pg.Client, password: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [
    LIBRARY_ROLE,
  ]);
  // No quoting is needed: base64url.
  const attributes =
    "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls " +
    `password '${password}'`;
  await client.query(`${rowCount === 0 ? "create" : "alter"} role ${LIBRARY_ROLE} ${attributes}`);
  // Who owns the server is decided by a lock in there; only the superuser may take it.
  await client.query("revoke connect on database postgres, template1 from public");
}

async function ownerOfDatabase(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ owner: string }>(
    "select pg_get_userbyid(datdba) as owner from pg_database where datname = $1",
    [DATABASE],
  );
  return rows[0]?.owner;
}

/** All or nothing: the database's own owner, by which it is known to be done, changes with the rest. */
async function handOver(endpoint: Endpoint, superuserPassword: string): Promise<void> {
  const client = new pg.Client({
    ...endpoint,
    user: SUPERUSER,
    password: superuserPassword,
    database: DATABASE,
  });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(`do $hand_over$ ${HAND_OVER} $hand_over$`);
  } finally {
    await client.end();
  }
}

// REASSIGN OWNED refuses the first superuser, who owns the system as well. What belongs to an
// extension stays with it, and what belongs to a table (its sequences, its row type) goes with it.
const HAND_OVER = `
declare
  v_statement text;
begin
  for v_statement in
    select format('alter schema %I owner to ${LIBRARY_ROLE}', n.nspname)
      from pg_catalog.pg_namespace n
     where n.nspowner = '${SUPERUSER}'::pg_catalog.regrole
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
    union all
    select format('alter %s %s owner to ${LIBRARY_ROLE}',
                  case c.relkind
                    when 'v' then 'view'
                    when 'm' then 'materialized view'
                    when 'S' then 'sequence'
                    when 'f' then 'foreign table'
                    when 'c' then 'type'
                    else 'table'
                  end,
                  c.oid::pg_catalog.regclass)
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relowner = '${SUPERUSER}'::pg_catalog.regrole
       and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c', 'S')
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and not exists (select from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          and d.objid = c.oid
                          and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
    union all
    select format('alter routine %s owner to ${LIBRARY_ROLE}', p.oid::pg_catalog.regprocedure)
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where p.proowner = '${SUPERUSER}'::pg_catalog.regrole
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and not exists (select from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          and d.objid = p.oid
                          and d.deptype in ('e', 'i'))
    union all
    select format('alter type %s owner to ${LIBRARY_ROLE}', pg_catalog.format_type(t.oid, null))
      from pg_catalog.pg_type t
      join pg_catalog.pg_namespace n on n.oid = t.typnamespace
     where t.typowner = '${SUPERUSER}'::pg_catalog.regrole
       and t.typtype in ('d', 'e', 'r')
       and n.nspname !~ '^pg_'
       and n.nspname <> 'information_schema'
       and not exists (select from pg_catalog.pg_depend d
                        where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                          and d.objid = t.oid
                          and d.deptype = 'e')
  loop
    execute v_statement;
  end loop;
  alter database ${DATABASE} owner to ${LIBRARY_ROLE};
end`;
