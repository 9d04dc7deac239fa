import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeCitus } from "../support/postgres.ts";
import { useSql } from "../support/sql.ts";

interface Called {
  name: string;
  types: string[];
}

// A function that Citus runs on its owner's node ends the server when the owner is NULL (13.2.2):
// whoever calls one has checked that.
describeCitus("NULL", (server) => {
  const { database, rows } = useSql(server);
  const sessions: pg.Client[] = [];
  let lost = 0;
  beforeAll(async () => {
    for (const connectionString of database().nodes) {
      const client = new pg.Client({ connectionString });
      client.on("error", () => {
        lost += 1;
      });
      await client.connect();
      sessions.push(client);
    }
  });
  afterAll(() => Promise.allSettled(sessions.map((client) => client.end())));

  const everyNodeLives = async () => {
    for (const session of sessions) await session.query("select 1");
    expect(lost).toBe(0);
  };

  /** Ours that are not themselves run elsewhere, with the types of their arguments. */
  const functions = (): Promise<Called[]> =>
    rows(
      `select p.proname as name, array(select format_type(t, null) from unnest(p.proargtypes) as t) as types
         from pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
          and not exists (select from pg_dist_object o
                           where o.classid = 'pg_proc'::regclass and o.objid = p.oid
                             and o.distribution_argument_index is not null)
        order by 1`,
    );

  test("for all arguments of any function leaves every node alive", async () => {
    const client = await database().pool.connect();
    try {
      await client.query("set statement_timeout = '10s'");
      for (const { name, types } of await functions()) {
        const nulls = types.map((type) => `null::${type}`);
        await client.query(`select * from ${name}(${nulls.join(", ")})`).catch(() => {});
        await everyNodeLives();
      }
    } finally {
      client.release(true);
    }
  });

  test("for an owner alone leaves every node alive", async () => {
    const client = await database().pool.connect();
    try {
      await client.query("set statement_timeout = '10s'");
      for (const { name, types } of await functions()) {
        const values = types.map((type) => `null::${type}`);
        // The others with something: NULL is refused one after the other.
        for (const [place, type] of types.entries()) {
          if (place > 0) values[place] = SOMETHING[type] ?? `null::${type}`;
        }
        await client.query(`select * from ${name}(${values.join(", ")})`).catch(() => {});
      }
      await everyNodeLives();
    } finally {
      client.release(true);
    }
  });
});

const SOMETHING: Record<string, string> = {
  uuid: "'7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11'",
  "uuid[]": "array['7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11'::uuid]",
  "text[]": "array['7b0c7b0e6a2f4d559a532a1d1a4a3d11']",
  text: "'merge'",
  integer: "500",
  bigint: "1",
  smallint: "1::smallint",
  boolean: "true",
  numeric: "1",
  interval: "interval '30 days'",
  jsonb: "'{}'::jsonb",
  "timestamp with time zone": "now()",
};
