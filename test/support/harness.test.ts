import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "./postgres.ts";
import { asRole, withRole } from "./roles.ts";

describePostgres("the test harness", (server) => {
  const database = useDatabase(server);

  test("runs on the major it says", async () => {
    const { rows } = await database().pool.query("show server_version_num");
    expect(Math.floor(Number(rows[0].server_version_num) / 10_000)).toBe(server.major);
  });

  test("migrates as a role that is no superuser, as on Supabase", async () => {
    const { rows } = await database().pool.query(
      "select current_user, usesuper from pg_user where usename = current_user",
    );
    expect(rows).toEqual([{ current_user: "postgres", usesuper: false }]);
  });

  test("grants new objects to everybody by default, as Supabase does", async () => {
    const { pool } = await server.createDatabase({ template: "supabase" });
    await pool.query("create table note (id bigint generated always as identity, body text)");
    await withRole(pool, "anon", {}, (client) =>
      client.query("insert into note (body) values ('anybody')"),
    );
    const { rows } = await pool.query("select body from note");
    expect(rows).toEqual([{ body: "anybody" }]);
  });

  test("hands a role and its claims to one transaction only", async () => {
    const client = await database().pool.connect();
    try {
      await asRole(client, "authenticated", { sub: "7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11" });
      const inside = await client.query(
        "select current_user, current_setting('request.jwt.claims')::jsonb ->> 'sub' as sub",
      );
      expect(inside.rows).toEqual([
        { current_user: "authenticated", sub: "7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11" },
      ]);
      await client.query("rollback");
      const outside = await client.query("select current_user");
      expect(outside.rows).toEqual([{ current_user: "postgres" }]);
    } finally {
      client.release();
    }
  });

  test("has a plain server too, without those roles", async () => {
    const { pool } = await server.createDatabase({ template: "plain" });
    const { rows } = await pool.query(
      "select rolname from pg_roles where rolname !~ '^pg_' order by rolname",
    );
    expect(rows).toEqual([{ rolname: "postgres" }]);
  });

  test("clones are independent of one another", async () => {
    const [one, other] = await Promise.all([
      server.createDatabase({ template: "supabase" }),
      server.createDatabase({ template: "supabase" }),
    ]);
    await one.pool.query("create table only_here (id int)");
    const { rows } = await other.pool.query("select to_regclass('only_here') as found");
    expect(rows).toEqual([{ found: null }]);
  });
});
