import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { withRole } from "../../support/roles.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";

const [HASH = ""] = newPhones(1);

/** A call of each function that signed-in users may call, and what a row of its answer holds. */
const CALLS: Record<string, [call: string, answer: object]> = {
  block_user: ["block_user($1, gen_random_uuid()) as blocked", { blocked: true }],
  contact_sync_subject: ["contact_sync_subject() as id", { id: expect.any(String) }],
  delete_all_contacts: ["delete_all_contacts($1) as deleted", { deleted: 2 }],
  delete_contacts: [`delete_contacts($1, '{${HASH}}') as deleted`, { deleted: 1 }],
  estimate_sync_performance: ["estimate_sync_performance(2500)", { estimated_batch_size: 500 }],
  find_contact: [`find_contact($1, '${HASH}')`, { phone_key: asKey(HASH) }],
  forget_sync_device: [`forget_sync_device($1, 'phone') as removed`, { removed: 0 }],
  get_discoverability: ["get_discoverability($1)", { discoverable: "everybody" }],
  get_optimal_batch_size: ["get_optimal_batch_size(300) as size", { size: 500 }],
  get_sync_status: ["get_sync_status($1)", { contacts_count: 2 }],
  list_blocked_users: ["list_blocked_users($1)", { blocked_at: expect.any(Date) }],
  list_contact_changes: ["list_contact_changes($1)", { has_more: false }],
  list_contacts: ["list_contacts($1)", { is_favorite: false }],
  list_sync_devices: ["list_sync_devices($1)", { device_id: "phone", contacts_count: 2 }],
  record_contact_interaction: [
    `record_contact_interaction($1, '${HASH}')`,
    { last_interaction: expect.any(Date) },
  ],
  set_contact_favorite: [`set_contact_favorite($1, '${HASH}', true)`, { is_favorite: true }],
  set_discoverability: ["set_discoverability($1, 'nobody') as nothing", { nothing: "" }],
  summarize_contacts: ["summarize_contacts($1)", { contacts_count: "2" }],
  sync_device_contacts: [
    `sync_device_contacts($1, 'phone', '{${HASH}}', 1, 500, 'merge')`,
    { contacts_unchanged: 1, sync_mark: expect.any(String) },
  ],
  sync_device_delta: [
    `sync_device_delta($1, 'phone', (select sync_mark from marks), '{}', '{${HASH}}')`,
    { changes: expect.any(String) },
  ],
  sync_user_contacts: [`sync_user_contacts($1, '{${HASH}}', 1)`, { contacts_unchanged: 1 }],
  unblock_user: ["unblock_user($1, gen_random_uuid()) as unblocked", { unblocked: false }],
};

// As the role, not by its privileges: a function may stand on another that it must not call.
describePostgres("a signed-in user", (server) => {
  const { database, rows } = useSql(server);
  const owner = newUser();
  beforeAll(async () => {
    await rows("select use_unsealed()");
    const hashes = [HASH, ...newPhones(1)];
    await rows("select sync_user_contacts($1, $2, 2)", owner, hashes);
    await rows("select sync_device_contacts($1, 'phone', $2, 2)", owner, hashes);
    await rows("select block_user($1, $2)", owner, newUser());
    await rows(`create table marks as select sync_mark from contact_sync_devices;
                grant select on marks to public`);
  });

  const call = (role: "anon" | "authenticated", text: string) =>
    withRole(database().pool, role, { sub: owner }, async (client) => {
      const values = text.includes("$1") ? [owner] : [];
      const { rows: found } = await client.query(`select * from ${text}`, values);
      await client.query("rollback"); // each call meets the same data
      await client.query("begin");
      return found;
    });

  test("has a call here of every function that is theirs", async () => {
    const granted = await rows(
      `select proname as name from pg_proc p
        where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', p.oid, 'execute')
          and proname !~ '^contact_sync_(own_|is_trusted_caller$)' -- what those stand on
        order by 1`,
    );
    expect(granted.map(({ name }) => name)).toEqual(Object.keys(CALLS));
  });

  test.each(Object.values(CALLS))("may call %s, and anon may not", async (text, answer) => {
    expect((await call("authenticated", text))[0]).toMatchObject(answer);
    await expect(call("anon", text)).rejects.toMatchObject({ code: "42501" });
  });

  test.each([
    "get_optimal_batch_size(null)",
    "get_optimal_batch_size(1, null)",
    "get_optimal_batch_size(-1)",
    "get_optimal_batch_size(1, 0)",
    "estimate_sync_performance(null)",
    "list_contacts(null)",
    `sync_user_contacts($1, '{}', 0, 1001)`,
  ])("meets errors of ours, also where an argument is wrong: %s", async (text) => {
    await expect(call("authenticated", text)).rejects.toMatchObject({
      code: expect.stringMatching(/^YC/),
    });
  });
});
