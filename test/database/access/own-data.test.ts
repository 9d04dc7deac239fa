import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { type ApiRole, type Claims, withRole } from "../../support/roles.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const [HASH = ""] = newPhones(1);

/** A call of each function that runs with its owner's rights and is given an owner or a user: $1. */
const CALLS: Record<string, string> = {
  block_user: "block_user($1, gen_random_uuid())",
  delete_all_contacts: "delete_all_contacts($1)",
  delete_contacts: `delete_contacts($1, '{${HASH}}')`,
  find_contact: `find_contact($1, '${HASH}')`,
  forget_sync_device: "forget_sync_device($1, 'phone')",
  get_discoverability: "get_discoverability($1)",
  get_sync_status: "get_sync_status($1)",
  list_blocked_users: "list_blocked_users($1)",
  list_contact_changes: "list_contact_changes($1)",
  list_contacts: "list_contacts($1)",
  list_sync_devices: "list_sync_devices($1)",
  record_contact_interaction: `record_contact_interaction($1, '${HASH}')`,
  set_contact_favorite: `set_contact_favorite($1, '${HASH}', true)`,
  set_discoverability: "set_discoverability($1, 'mutual')",
  summarize_contacts: "summarize_contacts($1)",
  sync_device_contacts: `sync_device_contacts($1, 'phone', '{${HASH}}', 1, 500, 'merge')`,
  sync_device_delta: "sync_device_delta($1, 'phone', (select sync_mark from marks), '{}', '{}')",
  sync_user_contacts: `sync_user_contacts($1, '{${HASH}}', 1)`,
  unblock_user: "unblock_user($1, gen_random_uuid())",
};

// Unsealed, so that sync_user_contacts() is as open as it can be.
describePostgres("a caller reaches their own data only", (server) => {
  const { database, rows, value } = useSql(server);
  const owner = newUser();
  beforeAll(async () => {
    await rows("select use_unsealed()");
    const hashes = [HASH, ...newPhones(2)];
    await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    await rows("select sync_device_contacts($1, 'phone', $2, 3)", owner, hashes);
    await rows("select block_user($1, $2)", owner, newUser());
    await rows(`create table marks as select sync_mark from contact_sync_devices;
                grant select on marks to public`);
  });

  const callAs = (role: ApiRole, claims: Record<string, unknown>, call: string) =>
    withRole(database().pool, role, claims as Claims, async (client) => {
      // Undone, so that each call meets the same data.
      const { rows: found } = await client.query(`select * from ${call}`, [owner]);
      await client.query("rollback");
      await client.query("begin");
      return found;
    });

  test("the functions with their owner's rights are all tried", async () => {
    const definers = await rows(
      `select proname as name from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef and proargnames && '{p_owner_id,p_user_id}'
        order by 1`,
    );
    expect(definers.map(({ name }) => name)).toEqual(
      Object.keys(CALLS).map((name) => `contact_sync_own_${name}`),
    );
    // One more has the right, and is given no owner.
    const others = await rows(
      `select proname as name from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef and not proargnames && '{p_owner_id,p_user_id}'`,
    );
    expect(others).toEqual([{ name: "estimate_sync_performance" }]);
  });

  test.each(Object.values(CALLS))("the owner may: %s", async (call) => {
    expect(await callAs("authenticated", { sub: owner }, call)).toHaveLength(
      call.startsWith("list_contacts") ? 3 : 1,
    );
    expect(await callAs("authenticated", { sub: owner.toUpperCase() }, call)).not.toEqual([]);
    expect(await callAs("service_role", {}, call)).not.toEqual([]);
  });

  test.each(Object.values(CALLS))("nobody else may: %s", async (call) => {
    const before = await value("select jsonb_agg(c) from contacts_with_accounts c");
    for (const claims of [
      {},
      { sub: newUser() },
      { sub: null },
      { sub: "" },
      { sub: "not-a-uuid" },
      { sub: [owner] },
      { sub: { id: owner } },
      { user_id: owner },
      { sub: owner, is_anonymous: true },
      { sub: owner, is_anonymous: "yes" },
      { sub: newUser(), role: "service_role" }, // what the token says of its role is not the role
    ]) {
      const { code } = await refusalOf(callAs("authenticated", claims, call));
      expect(code).toBe("NOT_ALLOWED");
    }
    await expect(callAs("anon", { sub: owner }, call)).rejects.toMatchObject({ code: "42501" });
    expect(await value("select jsonb_agg(c) from contacts_with_accounts c")).toEqual(before);
  });

  test.each([
    undefined,
    "",
    "{",
    "[]",
    "null",
    '"text"',
  ])("claims that are none name nobody: %s", async (claims) => {
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("set local role authenticated");
      if (claims !== undefined) {
        await client.query("select set_config('request.jwt.claims', $1, true)", [claims]);
      }
      const { rows: subject } = await client.query("select contact_sync_subject() as id");
      expect(subject).toEqual([{ id: null }]);
      const call = client.query("select list_contacts($1)", [owner]);
      expect((await refusalOf(call)).code).toBe("NOT_ALLOWED");
    } finally {
      await client.query("rollback");
      client.release();
    }
  });
});
