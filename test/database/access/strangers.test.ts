import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogin } from "../../support/login.ts";
import { describePostgres } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { asKey, newPhones, newUser, useSql } from "../../support/sql.ts";

// What a restore without privileges, or the recipe that everybody finds, leaves behind.
const everythingTo = (role: string) => `
  grant usage on schema public to ${role};
  grant all on all tables in schema public to ${role};
  grant all on all sequences in schema public to ${role};
  grant all on all routines in schema public to ${role};`;

const [owner, friend] = [newUser(), newUser()];
const [SECRET = "", GIVEN = ""] = newPhones(2);

/** They ask Citus, which this server does not have, and fail for that. */
const OF_A_CLUSTER =
  /^contact_sync_(?:cluster_|ask_nodes|copy_of$|is_spread$|node_(?:group|shows)$|origin$)/;

/** An argument for each parameter, by its name, its type and name, or else by its type; none of them is a secret. */
const BY_NAME: Record<string, string> = {
  p_mode: "'merge'",
  p_kind: "'text'",
  p_discoverable: "'nobody'",
  p_blocked_user_id: `'${friend}'`,
  p_device_id: "'phone'",
  p_cursor: "'1.0.0..c'",
  "text p_after": "'about'",
  p_changes_cursor: "'1.0.0..c'",
  p_removed: "'{}'",
  p_phone_key: `'${asKey(GIVEN)}'`,
  p_contacts: `'[{"owner_id": "${owner}", "phone_hash": "${GIVEN}"}]'`,
  "text p_totals": "'(0,0,0,0,1,500,0,0,0,{},{},,,,,,)'",
  p_totals: `jsonb_populate_record(null::contact_sync_result, '{"total_processed": 0, "processing_time_ms": 1}')`,
};
const BY_TYPE: Record<string, string> = {
  uuid: `'${owner}'`,
  "uuid[]": `array['${asKey(GIVEN)}'::uuid]`,
  text: `'${GIVEN}'`,
  "text[]": `array['${GIVEN}']`,
  integer: "100",
  smallint: "1::smallint",
  "integer[]": "'{1}'",
  "boolean[]": "'{true}'",
  bigint: "0",
  numeric: "0.5",
  "double precision": "0.5",
  jsonb: "'{}'",
  boolean: "true",
  interval: "'1 minute'",
  date: "current_date",
  bytea: "'\\x00'",
  oid: "'public.phones'::regclass",
  "oid[]": "array['public.phones'::regclass::oid]",
  regclass: "'public.phones'",
  "bigint[]": "'{3}'",
  "timestamp with time zone": "now()",
  "timestamp with time zone[]": "array[now()]",
};

describePostgres("a stranger who was granted everything", (server) => {
  const { database, rows, value } = useSql(server);
  const clients: pg.Client[] = [];
  let calls: { name: string; call: string; is_definer: boolean; is_owners: boolean }[];
  let tables: string[];

  beforeAll(async () => {
    await rows("select use_unsealed()"); // as open as it can be
    await rows("select link_phone($1, $2)", SECRET, friend);
    await rows("select sync_user_contacts($1, $2, 1)", owner, [SECRET]);
    tables = (
      await rows(
        "select c.relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
      )
    ).map(({ name }) => name);
    const functions = await rows(
      `select p.proname as name, p.prosecdef as is_definer, p.proargnames[1] in ('p_owner_id', 'p_user_id') as is_owners,
              array(select format_type(t, null) from unnest(p.proargtypes) as t) as types,
              coalesce(p.proargnames, '{}') as names
         from pg_proc p where p.pronamespace = 'public'::regnamespace order by 1`,
    );
    calls = functions.map(({ name, types, names, is_definer, is_owners }) => {
      const given = types.map(
        (type: string, place: number) =>
          BY_NAME[`${type} ${names[place]}`] ?? BY_NAME[names[place]] ?? BY_TYPE[type],
      );
      return { name, call: `select * from ${name}(${given.join(", ")})`, is_definer, is_owners };
    });
  });
  afterAll(() => Promise.all(clients.map((client) => client.end())));

  const stored = () =>
    value(
      `select jsonb_build_array(${tables.map((table) => `(select jsonb_agg(t order by t::text) from ${table} t)`)})`,
    );

  /** A connection of the role, as which anything may be said of who somebody is. */
  async function connect(connectionString: string, setUp: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    clients.push(client);
    await client.query(setUp);
    return client;
  }
  const claiming = (sub: string) =>
    `select set_config('request.jwt.claims', '{"sub": "${sub}", "role": "service_role"}', false)`;

  const STRANGERS: [who: string, attributes: string, role: string | null, sub: string][] = [
    ["a login that forges claims", "", null, owner],
    ["anon, who forges claims", "", "anon", owner],
    ["a signed-in user of another name", "", "authenticated", newUser()],
    [
      "one who may read and write all data",
      "in role pg_read_all_data, pg_write_all_data",
      null,
      owner,
    ],
  ];

  describe.each(STRANGERS)("%s", (_, attributes, role, sub) => {
    let client: pg.Client;
    beforeAll(async () => {
      const login = await createLogin(database(), attributes);
      const { superuserConnectionString } = database();
      await query(superuserConnectionString, everythingTo(role ?? login.name));
      if (role !== null) await query(superuserConnectionString, `grant ${role} to ${login.name}`);
      client = await connect(login.connectionString, claiming(sub));
      if (role !== null) await client.query(`set role ${role}`);
    });

    test("calls every function, and learns and changes nothing", async () => {
      const before = await stored();
      expect(calls.length).toBeGreaterThan(50);
      for (const { name, call, is_definer, is_owners } of calls) {
        // What Citus writes at once into the coordinator's own table, no row-level security binds.
        if (server.onCitus && name === "contact_sync_write_messages") continue;
        const answer = await client.query(call).then(
          ({ rows: found }) => JSON.stringify(found),
          ({ code }) => `refused: ${code}`,
        );
        // What was refused for its arguments was not tried.
        if (!OF_A_CLUSTER.test(name))
          expect([name, answer]).not.toEqual([
            name,
            expect.stringMatching(/: (22...|42883|42P..|YC00[1-5])$/),
          ]);
        if (is_definer && is_owners) expect([name, answer]).toEqual([name, "refused: YC007"]);
        for (const secret of [SECRET, asKey(SECRET), friend]) expect(answer).not.toContain(secret);
        expect([name, await stored()]).toEqual([name, before]);
      }
    });

    test("sees no row of any table, and writes none", async () => {
      const before = await stored();
      for (const table of [...tables, "contact_sync_confirmed_contacts", "contact_sync_stats"]) {
        const { rows: seen } = await client.query(`select * from ${table}`);
        expect([table, seen]).toEqual([table, []]);
      }
      for (const table of tables) {
        expect((await client.query(`delete from ${table}`)).rowCount).toBe(0);
      }
      const insert = client.query("insert into phones values ($1, $2, now())", [newUser(), owner]);
      await expect(insert).rejects.toMatchObject({ code: "42501" });
      expect(await stored()).toEqual(before);
    });
  });

  test("is nobody, even as a role that was dropped meanwhile", async () => {
    const { superuserConnectionString } = database();
    const login = await createLogin(database());
    const role = await createLogin(database(), `in role service_role role ${login.name}`);
    const client = await connect(login.connectionString, `set role ${role.name}`);
    const call = () => client.query("select list_contacts($1)", [owner]);
    expect((await call()).rows).toHaveLength(1);
    await query(
      superuserConnectionString,
      `grant execute on all functions in schema public to public; drop role ${role.name}`,
    );
    await expect(call()).rejects.toMatchObject({
      code: expect.stringMatching(/^(YC007|42704|42501)$/),
    });
  });

  test("a member of service_role, by whatever name, is trusted without any grant of its own", async () => {
    for (const attributes of ["in role service_role", "in role postgres", "superuser"]) {
      const { connectionString } = await createLogin(database(), attributes);
      const client = await connect(connectionString, "select");
      const { rows: found } = await client.query("select list_contacts($1)", [owner]);
      expect(found).toHaveLength(1);
    }
    const { connectionString } = await createLogin(database(), `noinherit in role service_role`);
    const client = await connect(connectionString, "select");
    await expect(client.query("select list_contacts($1)", [owner])).rejects.toMatchObject({
      code: expect.stringMatching(/^(YC007|42501)$/),
    });
    await client.query("set role service_role");
    expect((await client.query("select list_contacts($1)", [owner])).rows).toHaveLength(1);
  });
});
