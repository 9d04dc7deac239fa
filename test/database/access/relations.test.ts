import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { type ApiRole, withRole } from "../../support/roles.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

// Citus puts views of its own there, which everybody may read.
const NOT_OF_CITUS = "c.relname not in ('citus_tables', 'citus_schemas')";

const OURS = `
  select c.oid::regclass::text as name, c.relkind as kind
    from pg_class c
   where c.relnamespace = 'public'::regnamespace
     and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
     and ${NOT_OF_CITUS}
   order by 1`;

const OWN_COLUMNS = [
  "created_at",
  "is_favorite",
  "last_interaction",
  "owner_id",
  "phone_key",
  "updated_at",
];

// In a database whose default privileges give all of it to everybody.
describePostgres("tables, views and sequences", (server) => {
  const { database, rows } = useSql(server);

  const tablePrivileges = [
    ...["select", "insert", "update", "delete", "truncate", "references", "trigger"],
    ...(server.major >= 17 ? ["maintain"] : []),
  ];

  /** What a role holds, on tables and views, on any column of them, and on sequences. */
  const held = async (role: string) => {
    const found = await rows(
      `select c.name || ' ' || privilege as held
         from (${OURS}) as c, unnest($2::text[]) as privilege
        where c.kind <> 'S' and has_table_privilege($1, c.name, privilege)
       union all
       select c.name || '.' || a.attname || ' ' || privilege
         from (${OURS}) as c
         join pg_attribute a on a.attrelid = c.name::regclass and a.attnum > 0,
              unnest(array['select', 'insert', 'update', 'references']) as privilege
        where c.kind <> 'S' and has_column_privilege($1, c.name, a.attname, privilege)
       union all
       select c.name || ' ' || privilege
         from (${OURS}) as c, unnest(array['usage', 'select', 'update']) as privilege
        where c.kind = 'S' and has_sequence_privilege($1, c.name, privilege)
        order by 1`,
      role,
      tablePrivileges,
    );
    return found.map(({ held }) => held);
  };

  test("are those that the database lists as ours, and no others", async () => {
    const listed = await rows(
      "select name from contact_sync_objects() where kind in ('table', 'view', 'sequence') order by 1",
    );
    expect((await rows(OURS)).map(({ name }) => name).sort()).toEqual(
      listed.map(({ name }) => name).sort(),
    );
    const kinds = (await rows(OURS)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(["r", "v", "S"]));
  });

  test("anon holds nothing", async () => {
    expect(await held("anon")).toEqual([]);
  });

  test("authenticated may read its own contacts but for the links, and nothing else", async () => {
    expect(await held("authenticated")).toEqual(
      OWN_COLUMNS.map((column) => `contacts_with_accounts.${column} select`),
    );
  });

  test("service_role reads and writes everything, and can not make itself the owner", async () => {
    const columns = (name: string) => name.split(" ")[0]?.includes(".") === true;
    const ofRelations = (await held("service_role")).filter((line) => !columns(line));
    const all = await rows(
      `select c.name || ' ' || privilege as held
         from (${OURS}) as c,
              unnest(case when c.name = 'contact_sync_migrations' or c.kind = 'v' then '{select}'::text[]
                          when c.kind = 'r' then '{select,insert,update,delete}'
                          when c.name in ('contact_sync_pending_books_entry_id_seq', 'contact_sync_pending_links_entry_id_seq',
                                          'contact_sync_runs_run_id_seq') then '{usage}' end) as privilege
        order by 1`,
    );
    // No truncate, references, trigger, maintain, and no sequence but those that Citus asks for.
    expect(ofRelations).toEqual(all.map(({ held }) => held));
  });

  test("nobody holds anything through PUBLIC", async () => {
    const granted = await rows(
      `select c.oid::regclass from pg_class c, aclexplode(c.relacl) as acl
        where c.relnamespace = 'public'::regnamespace and acl.grantee = 0 and ${NOT_OF_CITUS}`,
    );
    expect(granted).toEqual([]);
  });

  test("every table has row-level security, every view its reader's rights", async () => {
    const unguarded = await rows(
      `select oid::regclass::text from pg_class c
        where relnamespace = 'public'::regnamespace
          and ${NOT_OF_CITUS}
          and case relkind
                when 'r' then not relrowsecurity
                when 'v' then not coalesce('security_invoker=true' = any (reloptions), false)
              end`,
    );
    expect(unguarded).toEqual([]);
  });

  test("a signed-in user sees their own rows and nobody else's", async () => {
    const [one, other] = [newUser(), newUser()];
    for (const owner of [one, other]) {
      await rows("select sync_user_contacts($1, $2, 1)", owner, newPhones(2));
    }
    const seen = (role: ApiRole, claims: object) =>
      withRole(database().pool, role, claims as { sub?: string }, async (client) => {
        const { rows: owners } = await client.query(
          "select owner_id from contacts_with_accounts order by owner_id",
        );
        return owners.map(({ owner_id }) => owner_id);
      });
    // On a cluster the rows are on nodes that the claims don't reach.
    expect(await seen("authenticated", { sub: one })).toEqual(server.onCitus ? [] : [one, one]);
    for (const claims of [
      {},
      { sub: "" },
      { sub: "not-a-uuid" },
      { sub: newUser() },
      { sub: null },
      { sub: one, is_anonymous: true },
      { sub: one, is_anonymous: "true" },
    ]) {
      expect(await seen("authenticated", claims)).toEqual([]);
    }
    expect(await seen("service_role", {})).toHaveLength(4);
  });

  test.each([
    "select linked_user_id from contacts_with_accounts",
    "select * from contacts_with_accounts",
    "select count(*) from contacts_with_accounts where linked_user_id is not null",
    "insert into contacts_with_accounts (owner_id, phone_key) values (gen_random_uuid(), gen_random_uuid())",
    "update contacts_with_accounts set is_favorite = true",
    "update contacts_with_accounts set linked_user_id = null",
    "delete from contacts_with_accounts",
    "truncate contacts_with_accounts",
    "select from phones",
    "insert into phones values (gen_random_uuid(), gen_random_uuid(), now())",
    "select from contact_sync_status",
    "select from contact_sync_stats",
    "select from contact_sync_confirmed_contacts",
    "select from contact_sync_seal",
    "delete from contact_sync_migrations",
    "select nextval('contact_sync_runs_run_id_seq')",
  ])("a signed-in user is refused: %s", async (statement) => {
    const call = withRole(database().pool, "authenticated", { sub: newUser() }, (client) =>
      client.query(statement),
    );
    await expect(call).rejects.toMatchObject({ code: "42501" });
  });
});
