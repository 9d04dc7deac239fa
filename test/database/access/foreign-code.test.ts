import { beforeAll, describe, expect, test } from "vitest";
import { createLogin, type Login } from "../../support/login.ts";
import { describePostgres } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";
import { runEach } from "../../support/statements.ts";

/**
 * PostgreSQL runs a stranger's code in the sessions of others: a function of an index when somebody
 * analyses the table, a trigger when somebody writes. Who such a session belongs to is no reason to
 * trust the code.
 */
describePostgres("a stranger's code in the session of somebody who is trusted", (server) => {
  const { database, rows, value } = useSql(server);
  const victim = newUser();
  let stranger: Login;
  const asSuperuser = (sql: string) => query(database().superuserConnectionString, sql);

  beforeAll(async () => {
    await rows("select use_unsealed()");
    await rows("select sync_user_contacts($1, $2, 2)", victim, newPhones(2));
    stranger = await createLogin(database());
    await runEach(
      database().superuserConnectionString,
      `
      grant all on all tables in schema public to ${stranger.name};
      grant all on all routines in schema public to ${stranger.name};
      create schema lair authorization ${stranger.name};
      grant usage on schema lair to service_role`,
    );
    await runEach(
      stranger.connectionString,
      `create table lair.loot (what text);
       grant all on lair.loot to public;
       create function lair.steal() returns void language plpgsql as $$
       begin
         begin
           perform set_config('request.jwt.claims', '{"sub": "${victim}", "role": "authenticated"}', true);
           insert into lair.loot select c.phone_key::text from public.list_contacts('${victim}', 100, null, false, false) c;
           perform public.delete_all_contacts('${victim}');
         exception
           when others then insert into lair.loot values (sqlstate);
         end;
       end $$;
       create function lair.of_index(i integer) returns integer language plpgsql immutable as $$
       begin return i; end $$;
       create table lair.bait (i integer);
       create index on lair.bait (lair.of_index(i));
       insert into lair.bait select generate_series(1, 10);
       create or replace function lair.of_index(i integer) returns integer language plpgsql volatile as $$
       begin perform lair.steal(); return i; end $$;
       create function lair.of_trigger() returns trigger language plpgsql security definer as $$
       begin perform lair.steal(); return new; end $$;
       create table lair.form (i integer);
       grant all on lair.form to public;
       create trigger trap after insert on lair.form for each row execute function lair.of_trigger()`,
    );
  });

  const expectNothing = async () => {
    // Refused each time: as nobody's own, or for lack of rights.
    const loot = (await asSuperuser("select distinct what from lair.loot")) as { what: string }[];
    expect(loot.map(({ what }) => what)).toEqual(["YC007"]);
    expect(await value("select contacts_count from get_sync_status($1)", victim)).toBe(2);
  };

  describe("reads and changes nothing", () => {
    test("in an index that a superuser analyses, as autovacuum does", async () => {
      await asSuperuser("analyze lair.bait");
      await expectNothing();
    });
    test("in a trigger on what a back end writes", async () => {
      await asSuperuser("set role service_role; insert into lair.form values (1)");
      await expectNothing();
    });
    test("in a trigger on what the tables' owner writes", async () => {
      await rows("insert into lair.form values (1)").catch(() => {}); // or may not reach it at all
      await asSuperuser("insert into lair.form values (2)");
      await expectNothing();
    });
  });
});
