import { withSuperuser } from "./superuser.ts";
import type { TestServer } from "./test-server.ts";

/** As on Supabase, where `postgres`, who owns the database and migrates, is no superuser. */
export const SUPABASE_SUPERUSER = "supabase_admin";

const ROLES = `
  create role postgres login createdb createrole bypassrls;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role authenticator login noinherit;
  grant anon, authenticated, service_role to authenticator, postgres;
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

export async function createSupabaseRoles(server: TestServer): Promise<void> {
  await withSuperuser(server, "postgres", (client) => client.query(ROLES));
}

export async function grantAsSupabaseDoes(server: TestServer, database: string): Promise<void> {
  await withSuperuser(server, database, (client) => client.query(DEFAULT_PRIVILEGES));
}
