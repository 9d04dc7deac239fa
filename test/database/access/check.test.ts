import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/index.ts";
import { migrate } from "../../../src/index.ts";
import { earlier } from "../../support/earlier.ts";
import { faultNames, readAllFaults } from "../../support/faults.ts";
import { createLogin } from "../../support/login.ts";
import { ourObjects } from "../../support/our-objects.ts";
import { describePostgres } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";
import { runEach } from "../../support/statements.ts";

describePostgres("a healthy installation", (server) => {
  test.each([
    ["plain", "public"],
    ["plain", "books"],
    ["supabase", "public"],
    ["supabase", "Books"],
  ] as const)("has no fault: on a %s server, in %s", async (template, schema) => {
    const database = await server.createDatabase({ template });
    const { faults } = await migrate({ connectionString: database.connectionString, schema });
    expect(faultNames(faults)).toEqual([]);
    expect(faults).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: "IDLE_TRANSACTIONS" })]),
    );
    await database.pool.query(`select "${schema}".sync_user_contacts($1, $2, 3)`, [
      newUser(),
      newPhones(3),
    ]);
    await database.pool.query(`select "${schema}".use_unsealed()`);
    expect(faultNames(await readAllFaults(database, schema))).toEqual([]);
  });

  test("is checked by whoever is a member of service_role, with the same result", async () => {
    const database = await server.createDatabase();
    const { connectionString } = await createLogin(database, "in role service_role");
    const [asOwner, asMember] = await Promise.all(
      [database.connectionString, connectionString].map((address) =>
        query(address, "select * from check_contact_sync()"),
      ),
    );
    expect(asMember).toEqual(asOwner);
  });
});

/** A fault as it comes about, what is then found, and whether its cures are run by a program. */
interface Case {
  what: string;
  /** `STRANGER` stands for a role of the test's own. Run as the superuser. */
  sql: string;
  found: string[];
  byHand?: true;
  /** Undoes what no cure does. */
  undo?: string;
}

const CASES: Case[] = [
  {
    what: "a table granted to anon",
    sql: "grant select on phones to anon",
    found: ["unsafe GRANTED_TO_OTHERS public.phones"],
  },
  {
    what: "a column granted to a stranger",
    sql: "grant select (linked_user_id) on contacts_with_accounts to STRANGER",
    found: ["unsafe GRANTED_TO_OTHERS public.contacts_with_accounts"],
  },
  {
    what: "the link's column granted to signed-in users, who keep the others",
    sql: "grant select on contacts_with_accounts to authenticated",
    found: ["unsafe GRANTED_TO_OTHERS public.contacts_with_accounts"],
  },
  {
    what: "a view and a sequence granted to everybody",
    sql: "grant select on contact_sync_stats to public; grant usage on sequence contact_sync_runs_run_id_seq to public",
    found: [
      "unsafe GRANTED_TO_OTHERS public.contact_sync_runs_run_id_seq",
      "unsafe GRANTED_TO_OTHERS public.contact_sync_stats",
    ],
  },
  {
    what: "the record of migrations granted to a stranger",
    sql: "grant all on contact_sync_migrations, contact_sync_migrations_id_seq to STRANGER",
    found: [
      "unsafe GRANTED_TO_OTHERS public.contact_sync_migrations",
      "unsafe GRANTED_TO_OTHERS public.contact_sync_migrations_id_seq",
    ],
  },
  {
    what: "a function as a restore without privileges leaves it",
    sql: "grant execute on function contact_sync_finish_stream to public; revoke all on function contact_sync_finish_stream from service_role",
    found: [
      "unsafe GRANTED_TO_OTHERS public.contact_sync_finish_stream(uuid, uuid, integer, text, boolean, public.contact_sync_result, boolean, jsonb)",
    ],
  },
  {
    what: "a chain of grants, of which the owner holds only the first",
    sql: `grant select on phones to authenticated with grant option;
          set role authenticated; grant select on phones to STRANGER, service_role; reset role;
          revoke select on phones from service_role`,
    found: ["unsafe GRANTED_TO_OTHERS public.phones"],
  },
  {
    what: "a grant that service_role may give away",
    sql: "grant select on phones to service_role with grant option",
    found: ["warning GRANTED_TO_OTHERS public.phones"],
  },
  {
    what: "rights by which service_role would make itself the owner",
    sql: "grant trigger on phones to service_role",
    found: ["warning GRANTED_TO_OTHERS public.phones"],
  },
  {
    what: "rights that service_role and signed-in users lost",
    sql: `revoke all on phones, contacts_with_accounts from service_role, authenticated;
          revoke execute on function list_contacts from authenticated`,
    found: [
      "warning GRANT_MISSING public.contacts_with_accounts",
      "warning GRANT_MISSING public.list_contacts(uuid, integer, uuid, boolean, boolean)",
      "warning GRANT_MISSING public.phones",
    ],
  },
  {
    what: "row-level security off, and forced",
    sql: "alter table phones disable row level security; alter table contact_sync_seal force row level security",
    found: [
      "unsafe ROW_SECURITY_OFF public.phones",
      "warning ROW_SECURITY_FORCED public.contact_sync_seal",
    ],
  },
  {
    what: "policies of somebody's own, changed and dropped ones",
    sql: `create policy everybody on phones using (true);
          create policy nobody on phones as restrictive using (false);
          alter policy contact_sync_own on contacts_with_accounts using (true);
          alter policy contact_sync_service on contact_sync_runs to public;
          drop policy contact_sync_service on contact_sync_migrations`,
    found: [
      "unsafe POLICY_CHANGED public.contact_sync_runs",
      "unsafe POLICY_CHANGED public.contacts_with_accounts",
      "unsafe POLICY_FOREIGN public.phones",
      "warning POLICY_FOREIGN public.phones",
      "warning POLICY_MISSING public.contact_sync_migrations",
    ],
  },
  {
    what: "a view that reads as its owner",
    sql: "alter view contact_sync_confirmed_contacts reset (security_invoker)",
    found: ["unsafe VIEW_READS_AS_OWNER public.contact_sync_confirmed_contacts"],
  },
  {
    what: "search paths",
    sql: `alter function link_phone set search_path = public;
          alter function list_contacts reset search_path;
          alter function erase_user set search_path = pg_temp, public`,
    found: [
      "unsafe SEARCH_PATH public.erase_user(uuid)",
      "unsafe SEARCH_PATH public.link_phone(uuid, uuid, timestamp with time zone, boolean, uuid)",
      "unsafe SEARCH_PATH public.list_contacts(uuid, integer, uuid, boolean, boolean)",
    ],
  },
  {
    what: "definers",
    sql: "alter function erase_user security definer; alter function contact_sync_own_find_contact security invoker",
    found: [
      "unsafe DEFINER public.contact_sync_own_find_contact(uuid, uuid)",
      "unsafe DEFINER public.erase_user(uuid)",
    ],
  },
  {
    what: "owners",
    sql: `alter function find_contact owner to STRANGER; alter type contact_sync_result owner to STRANGER;
          alter table contact_sync_runs owner to supabase_admin`,
    found: [
      "unsafe OWNER public.contact_sync_result",
      "unsafe OWNER public.find_contact(uuid, uuid)",
      "warning OWNER public.contact_sync_runs",
    ],
  },
  {
    what: "a schema in which everybody may create",
    sql: "grant create on schema public to public",
    found: ["unsafe SCHEMA_OPEN schema public"],
  },
  {
    what: "a shared schema in which a stranger may create",
    sql: "grant create on schema public to STRANGER",
    found: ["unsafe SCHEMA_OPEN schema public"],
    byHand: true,
    undo: "revoke create on schema public from STRANGER",
  },
  {
    what: "a shared schema in which service_role may create",
    sql: "grant create on schema public to service_role",
    found: ["warning SCHEMA_OPEN schema public"],
    byHand: true,
    undo: "revoke create on schema public from service_role",
  },
  {
    what: "a schema that service_role may not use",
    sql: "revoke usage on schema public from public, service_role",
    found: ["warning SCHEMA_CLOSED schema public"],
    undo: "grant usage on schema public to public",
  },
  {
    what: "a function of our name, an operator and a shadow of a built-in, of a stranger",
    sql: `grant create on schema public to STRANGER; set role STRANGER;
          create function link_phone(text, uuid) returns boolean language sql as 'select true';
          create function quote_ident(name) returns text language sql as 'select null::text';
          create function divide(numeric, integer) returns numeric language sql as 'select 1.0';
          create operator public./ (leftarg = numeric, rightarg = integer, function = divide);
          reset role; revoke create on schema public from STRANGER`,
    found: [
      "unsafe FUNCTION_FOREIGN public.link_phone(text, uuid)",
      "unsafe PLANTED public./(numeric, integer)",
      "unsafe PLANTED public.quote_ident(name)",
    ],
    byHand: true,
    undo: `drop operator public./ (numeric, integer); drop function divide(numeric, integer);
           drop function quote_ident(name); drop function link_phone(text, uuid)`,
  },
  {
    what: "a trigger of a stranger",
    sql: `create function trap() returns trigger language plpgsql as 'begin return new; end';
          alter function trap() owner to STRANGER;
          create trigger trap before insert on contact_sync_daily_totals execute function trap()`,
    found: ["unsafe TRIGGER_FOREIGN public.contact_sync_daily_totals"],
    byHand: true,
    undo: "drop trigger trap on contact_sync_daily_totals; drop function trap()",
  },
  {
    what: "indexes that are missing",
    sql: `drop index phones_linked_user_id_idx; drop index contacts_with_accounts_link_given_idx;
          alter table contact_sync_answers drop constraint contact_sync_answers_pkey`,
    found: [
      "warning INDEX_MISSING public.contact_sync_answers_pkey",
      "warning INDEX_MISSING public.contacts_with_accounts_link_given_idx",
      "warning INDEX_MISSING public.phones_linked_user_id_idx",
    ],
    undo: "alter table contact_sync_answers add constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest)",
  },
  {
    what: "an index that was not built to its end",
    sql: "update pg_index set indisvalid = false where indexrelid = 'phones_linked_user_id_idx'::regclass",
    found: ["warning INDEX_INVALID public.phones_linked_user_id_idx"],
  },
];

describePostgres("check_contact_sync", (server) => {
  const { database, rows } = useSql(server);

  /** Runs the cures as `contact-sync doctor --fix` does: each on its own, none inside of a block. */
  const runCures = async (faults: readonly Fault[], connectionString: string) => {
    for (const { cure, is_fixable } of faults) if (is_fixable) await query(connectionString, cure);
  };

  describe("finds, and cures", () => {
    test.each(CASES)("$what", async ({ sql, found, byHand, undo }) => {
      const { superuserConnectionString } = database();
      const { name } = await createLogin(database());
      await query(superuserConnectionString, `grant ${name} to supabase_admin, postgres`);
      const asTest = (text: string) => text.replaceAll("STRANGER", name);
      await runEach(superuserConnectionString, asTest(sql));

      const faults = await readAllFaults(database());
      const names = faultNames(faults);
      expect(names).toEqual(found);
      for (const { severity, is_fixable } of faults) {
        if (severity !== "note" && byHand) expect(is_fixable).toBe(false);
      }
      // As the superuser: what belongs to somebody else is nobody else's to give back.
      await runCures(faults, superuserConnectionString);
      if (undo !== undefined) await runEach(superuserConnectionString, asTest(undo));
      expect(faultNames(await readAllFaults(database()))).toEqual([]);
      expect(await rows("select has_table_privilege($1, 'phones', 'select') as may", name)).toEqual(
        [{ may: false }],
      );
    });
  });

  test("roles that let strangers in are found, on a server of their own", async () => {
    const plain = await server.createDatabase({ template: "plain" });
    await plain.pool.query("create role anon; create role authenticated; create role service_role");
    await migrate({ connectionString: plain.connectionString });
    const found = async () => faultNames(await readAllFaults(plain));
    expect(await found()).toEqual([]);
    for (const [open, close] of [
      ["grant service_role to authenticated", "revoke service_role from authenticated"],
      ["grant postgres to anon", "revoke postgres from anon"],
      ["alter role anon bypassrls", "alter role anon nobypassrls"],
      ["alter role authenticated superuser", "alter role authenticated nosuperuser"],
    ] as const) {
      await plain.pool.query(open);
      expect(await found()).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^unsafe ROLE_TRUSTED role (anon|authenticated)$/),
        ]),
      );
      await plain.pool.query(close);
    }
    expect(await found()).toEqual([]);
  });

  test("in a schema of its own, default privileges are a fault that is cured", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString, schema: "books" });
    await pool.query(
      "alter default privileges in schema books grant all on tables to anon; alter default privileges in schema books grant execute on functions to anon, authenticated",
    );
    const faults = await readAllFaults({ pool }, "books");
    expect(faultNames(faults)).toEqual([
      "warning DEFAULT_PRIVILEGES functions to come in schema books",
      "warning DEFAULT_PRIVILEGES tables to come in schema books",
    ]);
    await runCures(faults, connectionString);
    expect(faultNames(await readAllFaults({ pool }, "books"))).toEqual([]);
  });

  test("a bloated index is found, and rebuilt", async ({ skip }) => {
    skip(server.onCitus, "it is looked for where there are no rows, on the coordinator");
    const { pool, connectionString } = await server.createDatabase();
    await pool.query(
      `insert into contact_sync_staged_keys (owner_id, stream_id, phone_key, is_new)
       select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), true from generate_series(1, 120000)`,
    );
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]); // nobody has counted it yet
    await pool.query("vacuum analyze contact_sync_staged_keys");
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]); // only full
    await pool.query(
      "delete from contact_sync_staged_keys where phone_key > '0d000000-0000-0000-0000-000000000000'",
    );
    await pool.query("vacuum analyze contact_sync_staged_keys");
    const faults = await readAllFaults({ pool });
    expect(faultNames(faults)).toEqual([
      "warning INDEX_BLOATED public.contact_sync_staged_keys_pkey",
    ]);
    await runCures(faults, connectionString);
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);
  });

  test("sequences that logical replication left behind are found, and set", async () => {
    const { pool, connectionString } = await server.createDatabase();
    await pool.query("select use_unsealed()");
    // In a block, or else on a cluster the run is counted by another node's sequence.
    await pool.query("begin; select sync_user_contacts(gen_random_uuid(), '{}', 0); commit");
    await pool.query(
      "insert into contact_sync_pending_links (phone_key) values (gen_random_uuid())",
    );
    await pool.query(
      "insert into contact_sync_pending_books (person_id) values (gen_random_uuid())",
    );
    await pool.query(
      "insert into contact_sync_finished_links (finished_at, bucket, how_many) values (now(), 0, 1)",
    );
    // A new one needs a question in check_contact_sync().
    const sequences = await ourObjects(pool, "sequence");
    expect(sequences.length).toBeGreaterThan(2);
    for (const sequence of sequences) {
      expect(faultNames(await readAllFaults({ pool }))).toEqual([]);
      await pool.query("select setval($1, 1, false)", [sequence]);
      const faults = await readAllFaults({ pool });
      expect(faultNames(faults)).toEqual([`warning SEQUENCE_BEHIND public.${sequence}`]);
      await runCures(faults, connectionString);
    }
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);
    await pool.query("select sync_user_contacts(gen_random_uuid(), '{}', 0)");
  });

  test("a queue that nobody drains, numbers nobody spoke for, and what is unsealed", async () => {
    const { pool } = await server.createDatabase();
    const codes = async () =>
      (await readAllFaults({ pool })).map(({ code, severity }) => `${severity} ${code}`);
    await pool.query("select link_phone($1, $2)", [newPhones(1)[0], newUser()]);
    expect(await codes()).toContain("warning SEAL_NOT_RECORDED");
    expect(await codes()).not.toContain("warning QUEUE_WAITING");
    await pool.query(
      `update contact_sync_pending_links set enqueued_at = ${earlier("enqueued_at", "interval '11 minutes'")}`,
    );
    expect(await codes()).toContain("warning QUEUE_WAITING");
    await pool.query("select link_pending_phones()");
    await pool.query("select use_unsealed()");
    const after = await codes();
    expect(after).toContain("note UNSEALED");
    expect(after).not.toContain("warning QUEUE_WAITING");
    expect(after).not.toContain("warning SEAL_NOT_RECORDED");
  });

  test("links that are not what the directory says, until somebody relinks", async () => {
    const { pool, connectionString } = await server.createDatabase();
    const [owner, friend] = [newUser(), newUser()];
    const [inserted = "", deleted = ""] = newPhones(2);
    await pool.query("select use_unsealed()");
    await pool.query("select sync_user_contacts($1, $2, 2)", [owner, [inserted, deleted]]);
    await pool.query("select link_phone($1, $2)", [deleted, friend]);
    await pool.query("select link_pending_phones()");
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);

    await pool.query("insert into phones values ($1, $2, now())", [inserted, friend]);
    await pool.query("delete from phones where phone_key = $1", [deleted]);
    const faults = await readAllFaults({ pool });
    expect(faultNames(faults)).toEqual(["warning LINKS_STALE public.phones"]);
    expect(JSON.stringify(faults)).toContain("contacts with 2 numbers");
    await runCures(faults, connectionString);
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);
  });

  test("and no links that are hidden from their owner", async () => {
    const { pool } = await server.createDatabase();
    const [owner, held, hidden, mutual, blocker] = Array.from({ length: 5 }, newUser);
    const phones = newPhones(4);
    const found = newUser();
    await pool.query("select use_unsealed()");
    for (const [at, user] of [hidden, mutual, blocker, found].entries()) {
      await pool.query("select link_phone($1, $2)", [phones[at], user]);
    }
    await pool.query("select set_discoverability($1, 'nobody')", [hidden]);
    await pool.query("select set_discoverability($1, 'mutual')", [mutual]);
    await pool.query("select block_user($1, $2)", [blocker, owner]);
    await pool.query("select sync_user_contacts($1, $2, 4)", [owner, phones]);
    await pool.query("select sync_user_contacts($1, $2, 0)", [held, []]);
    await pool.query("update contact_sync_status set held_at = now() where owner_id = $1", [held]);
    await pool.query("select sync_user_contacts($1, $2, 1)", [held, [phones[3]]]);
    await pool.query("select link_pending_phones()");
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);

    // Nor are those missing that the linker will look for in a book.
    await pool.query("select release_owner($1)", [held]);
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);
    await pool.query("select link_pending_phones()");
    expect(faultNames(await readAllFaults({ pool }))).toEqual([]);

    // One that is shown although it should be hidden is found.
    await pool.query("update contacts_with_accounts set linked_user_id = $1 where phone_key = $2", [
      hidden,
      phones[0],
    ]);
    const faults = await readAllFaults({ pool });
    expect(faultNames(faults)).toEqual(["warning LINKS_STALE public.phones"]);
    expect(JSON.stringify(faults)).toContain("contacts with 1 numbers");
  });

  test("what is missing is named", async () => {
    const { pool } = await server.createDatabase();
    await pool.query(
      "drop function unlink_phone(uuid, uuid, uuid); drop view contact_sync_stats cascade",
    );
    expect(faultNames(await readAllFaults({ pool }))).toEqual(
      expect.arrayContaining([
        "warning OBJECT_MISSING public.contact_sync_stats",
        "warning OBJECT_MISSING public.unlink_phone(uuid, uuid, uuid)",
      ]),
    );
  });

  test("settings of the server are notes, and go when they are set", async () => {
    const { pool, name } = await server.createDatabase();
    const notes = async (address: string) =>
      (
        (await query(address, "select code from check_contact_sync() where severity = 'note'")) as {
          code: string;
        }[]
      ).map(({ code }) => code);
    const { connectionString } = database();
    await rows(`alter database ${database().name} set timezone = 'Asia/Kathmandu'`);
    expect(await notes(connectionString)).toEqual(
      expect.arrayContaining(["IDLE_TRANSACTIONS", "TIME_ZONE"]),
    );
    await pool.query(`alter database ${name} set idle_in_transaction_session_timeout = '5min'`);
    await pool.query(`alter database ${name} set timezone = 'UTC'`);
    const again = connectionString.replace(database().name, name);
    const left = await notes(again);
    expect(left).not.toContain("IDLE_TRANSACTIONS");
    expect(left).not.toContain("TIME_ZONE");
  });
});
