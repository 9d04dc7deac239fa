import { expect, test } from "vitest";
import { describePostgres, type TestDatabase } from "../../support/postgres.ts";
import { withRole } from "../../support/roles.ts";
import { newPhones, newUser, refusalOf } from "../../support/sql.ts";

describePostgres("syncing straight from a phone", (server) => {
  const syncAs = ({ pool }: TestDatabase, role: "authenticated" | "service_role", owner: string) =>
    withRole(pool, role, { sub: owner }, (client) =>
      client.query("select * from sync_user_contacts($1, $2, 2)", [owner, newPhones(2)]),
    );

  test("is for a database that was recorded as unsealed", async () => {
    const database = await server.createDatabase();
    await withRole(database.pool, "service_role", {}, (client) =>
      client.query("select use_unsealed()"),
    );
    const { rows } = await syncAs(database, "authenticated", newUser());
    expect(rows).toMatchObject([{ contacts_inserted: 2 }]);
  });

  test.each([
    ["sealed", "select contact_sync_record_seal('key', 'check')"],
    ["recorded as neither", "select"],
  ])("is refused where the database is %s; the server may sync", async (_, setUp) => {
    const database = await server.createDatabase();
    await database.pool.query(setUp);
    const owner = newUser();
    const { code } = await refusalOf(syncAs(database, "authenticated", owner));
    expect(code).toBe("NOT_ALLOWED");
    await syncAs(database, "service_role", owner);
  });
});
