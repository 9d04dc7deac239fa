import type pg from "pg";

export type ApiRole = "anon" | "authenticated" | "service_role";

/** What Supabase puts into `request.jwt.claims`; `sub` is the user's id. */
export interface Claims {
  sub?: string;
  role?: string;
  [claim: string]: unknown;
}

/**
 * Begins a transaction as a role of the API, as PostgREST does for each request. The caller
 * commits or rolls back.
 */
export async function asRole(
  client: pg.ClientBase,
  role: ApiRole,
  claims: Claims = {},
): Promise<void> {
  await client.query("begin");
  await client.query(`set local role ${role}`);
  await client.query("select set_config('request.jwt.claims', $1, true)", [
    JSON.stringify({ role, ...claims }),
  ]);
}

/** Runs the work in one transaction as a role of the API; commits, unless it throws. */
export async function withRole<T>(
  pool: pg.Pool,
  role: ApiRole,
  claims: Claims,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await asRole(client, role, claims);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    client.release();
  }
}
