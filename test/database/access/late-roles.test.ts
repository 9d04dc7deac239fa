import { expect, test } from "vitest";
import { migrate } from "../../../src/database/migrations/migrate.ts";
import { describePostgres } from "../../support/postgres.ts";
import { withRole } from "../../support/roles.ts";
import { newPhones, newUser, refusalOf } from "../../support/sql.ts";

// A server that has none of the roles, of which service_role then does not bypass row security.
describePostgres("roles that are created after the migration", (server) => {
  test("have nothing, and what is theirs once the grants are applied again", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "plain" });
    await migrate({ connectionString });
    await pool.query("create role anon; create role authenticated; create role service_role");
    await pool.query("grant usage on schema public to anon, authenticated, service_role");

    const owner = newUser();
    const sync = () =>
      withRole(pool, "service_role", {}, (client) =>
        client.query("select * from sync_user_contacts($1, $2, 2)", [owner, newPhones(2)]),
      );
    const list = (sub: string) =>
      withRole(pool, "authenticated", { sub }, (client) =>
        client.query("select * from list_contacts($1)", [owner]),
      );
    await expect(sync()).rejects.toMatchObject({ code: "42501" });
    await expect(list(owner)).rejects.toMatchObject({ code: "42501" });

    await pool.query("select apply_contact_sync_grants()");
    await pool.query("select apply_contact_sync_grants()"); // again does no harm

    expect((await sync()).rows).toMatchObject([{ contacts_inserted: 2 }]);
    expect((await list(owner)).rows).toHaveLength(2);
    expect((await refusalOf(list(newUser()))).code).toBe("NOT_ALLOWED");
    const own = await withRole(pool, "authenticated", { sub: owner }, (client) =>
      client.query("select owner_id from contacts_with_accounts"),
    );
    expect(own.rows).toHaveLength(2);
    for (const name of ["contacts_with_accounts", "contact_sync_stats", "contact_sync_runs"]) {
      const read = (role: "anon" | "service_role") =>
        withRole(pool, role, {}, (client) => client.query(`select from ${name}`));
      expect((await read("service_role")).rows).not.toEqual([]);
      await expect(read("anon")).rejects.toMatchObject({ code: "42501" });
    }
  });
});
