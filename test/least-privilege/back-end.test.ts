// The connection that the docs recommend: a login that is a member of service_role and owns nothing.
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { serve } from "../../src/http/serve.ts";
import { createContactSync, migrate } from "../../src/index.ts";
import { signToken } from "../../src/security/sign-token.ts";
import { type CliOptions, runCli } from "../cli/support/run-cli.ts";
import { JWT_SECRET, SERVICE_KEY } from "../http/support.ts";
import { createLogin } from "../support/login.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { hashOf, numberOf, numbers, refusal } from "../support/use-contact-sync.ts";

const ROLES =
  "create role anon nologin; create role authenticated nologin; create role service_role nologin";

/** How a back end comes by service_role's rights. */
const LOGINS: [what: string, attributes: string, setUp: (name: string) => string][] = [
  ["that inherits", "in role service_role", () => "select"],
  [
    "that takes its role on when it connects",
    "noinherit in role service_role",
    (name) => `alter role ${name} set role = 'service_role'`,
  ],
];

/** Where: on a plain server service_role does not bypass row-level security. */
const PLACES = [
  ["plain", "public"],
  ["plain", "books"],
  ["supabase", "public"],
  ["supabase", "books"],
] as const;

describePostgres("a back end's login", (server) => {
  describe.each(PLACES)("on a %s server, in %s", (template, schema) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await server.createDatabase({ template });
      if (template === "plain") {
        await database.pool.query(
          `do $$ begin ${ROLES}; exception when duplicate_object then null; end $$`,
        );
      }
      await migrate({ connectionString: database.connectionString, schema });
    });

    describe.each(LOGINS)("%s", (_, attributes, setUp) => {
      let connectionString: string;
      beforeAll(async () => {
        const login = await createLogin(database, attributes);
        await query(database.superuserConnectionString, setUp(login.name));
        ({ connectionString } = login);
      });
      const cli = (args: string[], options: CliOptions = {}) => {
        const environment = {
          DATABASE_URL: connectionString,
          CONTACT_SYNC_KEY: TEST_KEY,
          CONTACT_SYNC_SCHEMA: schema,
        };
        return runCli(args, { environment, ...options });
      };

      test("has the whole library", async () => {
        const [owner, friend] = [randomUUID(), randomUUID()];
        const sync = await createContactSync({ database: connectionString, key: TEST_KEY, schema });
        expect(await sync.syncContacts(owner, numbers(20), 20)).toMatchObject({
          contacts_inserted: 20,
        });
        await sync.link(friend, numberOf(1));
        expect((await sync.listContacts(owner, { linked: true })).contacts).toMatchObject([
          { linked_user_id: friend },
        ]);
        expect(await sync.syncContacts(owner, numbers(15), 15, { mode: "replace" })).toMatchObject({
          contacts_removed: 5,
        });
        async function* stream() {
          yield* numbers(30, 100);
        }
        await sync.syncContacts(owner, stream(), 30);
        await sync.bulkInsertContacts([
          { owner_id: owner, phone_hash: hashOf(500), is_favorite: true },
        ]);
        expect(await sync.summarizeContacts(owner)).toMatchObject({
          contacts_count: 46,
          favorites_count: 1,
        });
        await refusal(
          sync.syncContacts(owner, [], 0, { mode: "replace" }),
          "REPLACE_NEEDS_CONFIRMATION",
        );
        expect((await sync.getSyncStatistics(1)).totals.failed_syncs).toBeGreaterThan(0);
        await sync.unlink(numberOf(1));
        expect(await sync.deleteAllContacts(owner)).toBe(46);
        await sync.eraseUser(owner);
        await sync.close();
      });

      test("has the command line", async () => {
        const [owner, friend] = [randomUUID(), randomUUID()];
        const done = async (args: string[], options: CliOptions = {}) => {
          const result = await cli(args, options);
          expect([args, result]).toEqual([args, expect.objectContaining({ code: 0 })]);
          return result.stdout;
        };
        await done(["link", "-"], { stdin: `user_id,phone\n${friend},${numberOf(900)}\n` });
        const book = [
          "BEGIN:VCARD",
          "VERSION:3.0",
          `TEL:${numberOf(900)}`,
          `TEL:${numberOf(901)}`,
          "END:VCARD",
        ];
        await done(["import", "-", "--owner", owner], { stdin: book.join("\r\n") });
        expect(await done(["contacts", "--owner", owner])).toContain(friend);
        await done(["stats"]);
        await done(["estimate", "300"]);
        await done(["link-pending"]);
        await done(["migrate", "status"]);
        expect(await done(["migrate"])).toContain("nothing to do");
        expect(await done(["doctor"])).toMatch(/healthy/);
        await done(["unlink", numberOf(900)]);
        await done(["erase", owner, "--yes"]);
      });

      test("has the service", async () => {
        const owner = randomUUID();
        const service = await serve({
          environment: {
            DATABASE_URL: connectionString,
            CONTACT_SYNC_KEY: TEST_KEY,
            CONTACT_SYNC_SCHEMA: schema,
            CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
            CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY,
            PORT: "0",
            LOG_LEVEL: "silent",
          },
          announce: () => {},
        });
        try {
          const token = await signToken(JWT_SECRET, {
            role: "authenticated",
            userId: owner,
            expiresInSeconds: 600,
          });
          const call = async (method: string, path: string, body?: object, bearer = token) => {
            const answer = await fetch(service.address + path, {
              method,
              headers: {
                authorization: `Bearer ${bearer}`,
                "idempotency-key": randomUUID(),
                ...(body === undefined ? {} : { "content-type": "application/json" }),
              },
              ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            });
            return [answer.status, await answer.text()];
          };
          const synced = await call("POST", "/api/v1/contacts/sync", {
            phoneNumbers: numbers(3, 950),
            deviceContactsCount: 3,
          });
          expect(synced).toEqual([200, expect.stringContaining('"contacts_inserted":3')]);
          const linked = await call(
            "PUT",
            `/api/v1/users/${randomUUID()}/phones`,
            { phoneNumber: numberOf(950) },
            SERVICE_KEY,
          );
          expect(linked[0]).toBe(200);
          expect((await call("GET", "/api/v1/contacts?linked=true"))[0]).toBe(200);
          expect((await call("GET", "/readyz"))[0]).toBe(200);
        } finally {
          await service.stop();
        }
      });

      test("may not migrate, and is told who may", async () => {
        const name = "017_remember_answers";
        const forget = `delete from "${schema}".contact_sync_migrations where name = '${name}'`;
        await database.pool.query(forget);
        const { code, stderr } = await cli(["migrate"]);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^DATABASE_NOT_MIGRATED: .*017_remember_answers.*belongs to postgres: run `contact-sync migrate` as postgres/,
        );
        expect(await cli(["migrate", "status"])).toMatchObject({ code: 3 });
        await database.pool.query(
          `insert into "${schema}".contact_sync_migrations (name, run_on) values ('${name}', now())`,
        );
      });

      test("can not make itself the owner", async () => {
        for (const attempt of [
          `create trigger trap before insert on "${schema}".phones execute function suppress_redundant_updates_trigger()`,
          `truncate "${schema}".phones`,
          `insert into "${schema}".contact_sync_migrations (name, run_on) values ('018', now())`,
          `select "${schema}".apply_contact_sync_grants()`,
          `alter table "${schema}".phones disable row level security`,
        ]) {
          await expect(query(connectionString, attempt)).rejects.toMatchObject({
            code: expect.stringMatching(/^(42501|YC007)$/),
          });
        }
      });
    });

    test("that is no member is told what it lacks", async () => {
      const { connectionString } = await createLogin(database);
      const open = createContactSync({ database: connectionString, key: TEST_KEY, schema });
      const error = await open.then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error?.code).toMatch(/^(DATABASE_NOT_MIGRATED|INVALID_CONFIGURATION)$/);
      expect(error?.message).toContain("member of service_role");
      expect(error?.message).not.toContain("NAME_TAKEN");
    });
  });
});
