import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";

describePostgres("the search path", (server) => {
  const { database, rows } = useSql(server);

  test.for([
    "public",
    "contact_engine",
    "MixedCase",
  ])("of every function is exactly its schema and pg_temp, in %s", async (schema, { skip }) => {
    skip(server.onCitus && schema === "MixedCase", "Citus does not take such a name");
    if (schema !== "public") {
      await migrate({ connectionString: database().connectionString, schema });
    }
    const functions = await rows(
      `select proname, (select array_agg(c) from unnest(proconfig) as c where c like 'search_path=%') as path
           from pg_proc where pronamespace = quote_ident($1)::regnamespace and prosqlbody is null`,
      schema,
    );
    // One is bound to its objects when it is created, and asks no path; its twin for a cluster is
    // like the others.
    const bound = await rows(
      `select proname, proconfig from pg_proc
        where pronamespace = quote_ident($1)::regnamespace and prosqlbody is not null`,
      schema,
    );
    const isSpread = server.onCitus && schema === "public";
    expect(bound).toEqual(
      isSpread ? [] : [{ proname: "contact_sync_visible_user", proconfig: null }],
    );
    const written = schema === "MixedCase" ? '"MixedCase"' : schema;
    expect(functions.length).toBeGreaterThan(40);
    for (const { proname, path } of functions) {
      expect([proname, path]).toEqual([proname, [`search_path=${written}, pg_temp`]]);
    }
  });

  test("a caller's temporary tables are not read instead of ours", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const [hash = ""] = newPhones(1);
    const client = await database().pool.connect();
    try {
      await client.query("create temporary table phones (like public.phones)");
      await client.query(
        "create temporary table contacts_with_accounts (like public.contacts_with_accounts)",
      );
      await client.query(
        "create temporary table contact_sync_seal (like public.contact_sync_seal)",
      );
      await client.query(
        "insert into pg_temp.contact_sync_seal (only_row, is_sealed, key_number, is_moving, recorded_at) values (true, false, 0, false, now())",
      );
      await client.query("insert into pg_temp.phones values ($1, $2, now(), false, 0)", [
        hash,
        friend,
      ]);
      await client.query("set search_path = pg_temp, public");

      const { rows: result } = await client.query(
        "select * from public.sync_user_contacts($1, $2, 1)",
        [owner, [hash]],
      );
      expect(result).toMatchObject([{ contacts_inserted: 1, matched_contacts: 0 }]);
      const { rows: empty } = await client.query("select from pg_temp.contacts_with_accounts");
      expect(empty).toEqual([]);
      const { rows: stored } = await client.query(
        "select phone_key from public.contacts_with_accounts where owner_id = $1",
        [owner],
      );
      expect(stored).toEqual([{ phone_key: asKey(hash) }]);
    } finally {
      client.release(true);
    }
  });

  test("a signed-in user can not lend themselves rights with a temporary table", async () => {
    // Temporary tables are everybody's right, and this one says that the database is unsealed.
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("set local role authenticated");
      const owner = newUser();
      await client.query("select set_config('request.jwt.claims', $1, true)", [
        JSON.stringify({ sub: owner }),
      ]);
      await client.query("create temporary table contact_sync_seal (is_sealed boolean)");
      await client.query("insert into pg_temp.contact_sync_seal values (false)");
      // Whose owner may insert is trusted; this one's owner is the caller.
      await client.query("create temporary table contacts_with_accounts (owner_id uuid)");
      const call = client.query("select public.sync_user_contacts($1, '{}', 0)", [owner]);
      await expect(call).rejects.toMatchObject({ code: "YC007" });
    } finally {
      await client.query("rollback");
      client.release(true);
    }
  });
});
