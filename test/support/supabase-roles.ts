import { nodesOf } from "./citus.ts";
import { withSuperuser } from "./superuser.ts";
import type { TestServer } from "./test-server.ts";

/** As on Supabase, where `postgres`, who owns the database and migrates, is no superuser. */
export const SUPABASE_SUPERUSER = "supabase_admin";

const ROLES = {
  postgres: "login createdb createrole bypassrls",
  anon: "nologin noinherit",
  authenticated: "nologin noinherit",
  service_role: "nologin noinherit bypassrls",
  authenticator: "login noinherit",
};

// Citus goes to the other nodes as whom a transaction has SET ROLE to.
const LOGINS = `
  alter role anon login;
  alter role authenticated login;
  alter role service_role login;
`;

// Whatever postgres creates in public is everybody's, unless a migration revokes it by name.
const DEFAULT_PRIVILEGES = `
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    grant all on tables to postgres, anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    grant all on sequences to postgres, anon, authenticated, service_role;
  alter default privileges for role postgres in schema public
    grant all on functions to postgres, anon, authenticated, service_role;
`;

/** Those that are not there: a cluster that somebody runs has them from the run before. */
export async function createSupabaseRoles(server: TestServer): Promise<void> {
  const create = Object.entries(ROLES).map(
    ([role, attributes]) => `
      if to_regrole('${role}') is null then
        create role ${role} ${attributes};
      end if;`,
  );
  for (const node of nodesOf(server)) {
    await withSuperuser(node, "postgres", (client) =>
      client.query(`
        select pg_advisory_lock(hashtext('contact_sync test roles'));
        do $$ begin ${create.join("")} end $$;
        grant anon, authenticated, service_role to authenticator, postgres;
        ${server.citus === undefined ? "" : LOGINS}`),
    );
  }
}

export async function grantAsSupabaseDoes(server: TestServer, database: string): Promise<void> {
  await withSuperuser(server, database, (client) => client.query(DEFAULT_PRIVILEGES));
}
