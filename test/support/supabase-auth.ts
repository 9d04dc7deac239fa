import type { TestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** The role that Supabase's auth server connects as, who owns its tables and is nobody of ours. */
export const AUTH_ADMIN = "supabase_auth_admin";

/** What contact-sync and its users see of Supabase's auth.users, owned and granted as there. */
const USERS = `
  do $$ begin create role ${AUTH_ADMIN} login noinherit; exception when duplicate_object then null; end $$;
  create schema auth authorization ${AUTH_ADMIN};
  set role ${AUTH_ADMIN};
  create table auth.users (
    id                 uuid primary key default gen_random_uuid(),
    email              text,
    phone              text unique default null,
    phone_confirmed_at timestamptz,
    phone_change       text default '',
    deleted_at         timestamptz
  );
  grant usage on schema auth to postgres;
  grant select, trigger on auth.users to postgres;
  reset role;
`;

export async function createAuthUsers({ superuserConnectionString }: TestDatabase): Promise<void> {
  await query(superuserConnectionString, USERS);
}
