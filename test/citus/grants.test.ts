import pg from "pg";
import { expect, test } from "vitest";
import { describeCitus, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";

// A table that a cluster makes on a node takes the schema's default privileges there, which on
// Supabase are everybody's; and each shard is a table that somebody may know the name of.
describeCitus("rights on every node", (server) => {
  const database = useDatabase(server);

  // Citus hides shards from whoever lists tables.
  const SHOWING = `&options=${encodeURIComponent("-c citus.override_table_visibility=off")}`;
  const onEachNode = (text: string) =>
    Promise.all(database().nodes.map((node) => query(node + SHOWING, text)));
  const SHARDS = `
    select c.oid, c.relname as name, c.relrowsecurity, c.relacl
      from pg_class c
     where c.relnamespace = 'public'::regnamespace
       and c.relkind = 'r'
       and c.relname ~ '_[0-9]+$'`;

  test("there are shards on every node", async () => {
    for (const shards of await onEachNode(SHARDS)) expect(shards).not.toEqual([]);
  });

  test.each(["anon", "authenticated", "public"])("%s holds nothing of a shard", async (role) => {
    const held = await onEachNode(
      `select s.name, acl.privilege_type
         from (${SHARDS}) as s, aclexplode(s.relacl) as acl
        where acl.grantee = ${role === "public" ? "0" : `'${role}'::regrole`}
          and s.name !~ '^contacts_with_accounts_'`,
    );
    expect(held).toEqual(database().nodes.map(() => []));
  });

  test("a shard's columns are for whom the table's are", async () => {
    const held = await onEachNode(
      `select p.table_name, array_agg(p.column_name::text order by p.column_name) as columns
         from information_schema.column_privileges p
        where p.grantee = 'authenticated'
          and p.table_name ~ '^contacts_with_accounts'
          and p.privilege_type = 'SELECT'
        group by p.table_name`,
    );
    const found = held.flat() as { table_name: string; columns: string[] }[];
    // The table itself on each node, and its shards.
    expect(found.length).toBeGreaterThan(database().nodes.length);
    for (const { columns } of found) expect(columns).toEqual(found[0]?.columns);
  });

  test("a table's are the coordinator's", async () => {
    const [here, ...there] = await onEachNode(
      `select c.relname, c.relrowsecurity, o.rolname as owner,
              (select array_agg(a::text order by a::text) from unnest(c.relacl) as a) as rights,
              (select array_agg(concat_ws(' ', a.attname, a.attacl::text) order by a.attname)
                 from pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 and a.attacl is not null) as columns,
              (select array_agg(concat_ws(' ', p.polname, p.polcmd, pg_get_expr(p.polqual, c.oid)))
                 from pg_policy p where p.polrelid = c.oid) as policies
         from pg_class c join pg_roles o on o.oid = c.relowner
        where c.oid in (select logicalrelid from pg_dist_partition)
        order by 1`,
    );
    for (const node of there) expect(node).toEqual(here);
  });

  test("a function's are the coordinator's, and so is what it does", async () => {
    const [here, ...there] = await onEachNode(
      `select p.oid::regprocedure::text as function, p.prosecdef, md5(p.prosrc) as text, p.proconfig as settings,
              p.proowner::regrole::text as owner,
              (select array_agg(a::text order by a::text) from unnest(p.proacl) as a) as rights
         from pg_proc p
        where p.pronamespace = 'public'::regnamespace
        order by 1`,
    );
    for (const node of there) expect(node).toEqual(here);
  });

  test("nobody but those who may read, reads a shard by its name", async () => {
    for (const node of database().nodes) {
      const shards = (await query(node + SHOWING, SHARDS)) as { name: string }[];
      for (const { name } of shards) {
        for (const role of ["anon", "authenticated"]) {
          const read = query(node, `set role ${role}; select * from ${name}`);
          await expect(read, `${role} ${name}`).rejects.toMatchObject({ code: "42501" });
        }
      }
    }
  });

  test("no row of somebody else's is seen on a worker", async () => {
    const { pool, nodes } = database();
    await pool.query(
      "insert into contacts_with_accounts (owner_id, phone_key) select gen_random_uuid(), gen_random_uuid() from generate_series(1, 100)",
    );
    for (const node of nodes) {
      const shards = (await query(node + SHOWING, SHARDS)) as { name: string }[];
      const ours = ["contacts_with_accounts", ...shards.map(({ name }) => name)].filter((name) =>
        name.startsWith("contacts_with_accounts"),
      );
      for (const name of ours) {
        for (const role of ["anon", "authenticated"]) {
          const client = new pg.Client({ connectionString: node });
          await client.connect();
          try {
            await client.query(`set role ${role}`);
            const { rows } = await client
              .query(`select owner_id from ${name}`)
              .catch(() => ({ rows: [] }));
            expect(rows, `${role} ${name}`).toEqual([]);
          } finally {
            await client.end();
          }
        }
      }
    }
  });
});
