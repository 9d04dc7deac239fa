import { inspect } from "node:util";
import { ERRORS } from "@contact-sync/client/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serverSentence } from "../../src/database/errors.ts";
import { DATABASE_TROUBLES, type TroubleReason } from "../../src/database/troubles.ts";
import { createContactSync } from "../../src/index.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { type RefusingServer, startRefusingServer } from "../support/refusing-server.ts";
import { refusal } from "../support/use-contact-sync.ts";

// As PgBouncer 1.25 and Supavisor 2 send them, with names of this test's.
const REFUSALS: [sqlstate: string, sentence: string, reason: TroubleReason][] = [
  ["08P01", "no more connections allowed (max_client_conn)", "TOO_MANY_CONNECTIONS"],
  ["08P01", "client connections exceeded (max_db_client_connections)", "TOO_MANY_CONNECTIONS"],
  ["08P01", "query_wait_timeout", "TOO_MANY_CONNECTIONS"],
  [
    "08P01",
    "server login has been failing, cached error: connect failed (server_login_retry)",
    "POOLER",
  ],
  [
    "08P01",
    'server login has been failing, cached error: password authentication failed for user "app" (server_login_retry)',
    "WRONG_CREDENTIALS",
  ],
  ["08P01", "client_login_timeout (server down)", "POOLER"],
  ["08P01", "pooler is shutting down", "POOLER"],
  ["08P01", "no such user", "WRONG_CREDENTIALS"],
  ["08P01", "SASL authentication failed", "WRONG_CREDENTIALS"],
  ["08P01", "no such database: app", "NO_SUCH_DATABASE"],
  ["08P01", 'database "app" is disabled', "NO_SUCH_DATABASE"],
  ["08P01", "SSL required", "TLS"],
  ["08P01", "something that a later version says", "REFUSED"],
  ["XX000", "Max client connections reached", "TOO_MANY_CONNECTIONS"],
  ["XX000", "(EMAXCONN) max client connections reached, limit: 200", "TOO_MANY_CONNECTIONS"],
  [
    "XX000",
    "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
    "TOO_MANY_CONNECTIONS",
  ],
  [
    "XX000",
    "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in transaction mode",
    "TOO_MANY_CONNECTIONS",
  ],
  ["XX000", "Tenant or user not found", "UNKNOWN_TENANT"],
  ["XX000", "(ENOTFOUND) tenant/user postgres.abc not found", "UNKNOWN_TENANT"],
  [
    "XX000",
    "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)",
    "UNKNOWN_TENANT",
  ],
  [
    "XX000",
    "(EDBHANDLEREXITED) connection to database closed. Check logs for more information",
    "POOLER",
  ],
  ["XX000", "(ESSLREQUIRED) SSL connection is required for user: app", "TLS"],
  ["XX000", "(ENEWS) a code of a later version", "REFUSED"],
  ["26000", 'prepared statement "s1" does not exist', "NAMED_STATEMENTS"],
  ["28P01", 'password authentication failed for user "app"', "WRONG_CREDENTIALS"],
  [
    "28000",
    'no pg_hba.conf entry for host "10.0.0.7", user "app", database "app", no encryption',
    "TLS",
  ],
  [
    "28000",
    'no pg_hba.conf entry for host "10.0.0.7", user "app", database "app", SSL encryption',
    "WRONG_CREDENTIALS",
  ],
  ["3D000", 'database "app" does not exist', "NO_SUCH_DATABASE"],
  ["53300", "sorry, too many clients already", "TOO_MANY_CONNECTIONS"],
  ["53200", "out of memory", "OUT_OF_MEMORY"],
  ["57P03", "the database system is starting up", "STARTING"],
  ["57P03", "the database system is in recovery mode", "STARTING"],
  ["57P02", "terminating connection because of crash of another server process", "CONNECTION_LOST"],
  ["57P04", 'terminating connection because database "app" was dropped', "NO_SUCH_DATABASE"],
  ["58P01", 'could not access file "$libdir/plpgsql": No such file or directory', "SERVER_CHANGED"],
  ["42501", 'could not access file "$libdir/plpgsql": Permission denied', "SERVER_CHANGED"],
  [
    "XX000",
    'incompatible library "/usr/lib/postgresql/15/lib/plpgsql.so": version mismatch',
    "SERVER_CHANGED",
  ],
  [
    "08006",
    "connection to the remote node postgres@10.0.0.2:5432 failed with the following error: Connection refused",
    "NODE_AWAY",
  ],
  ["08006", "the node of group 2 does not answer", "NODE_AWAY"],
  ["XX000", "failure on connection marked as essential: 10.0.0.2:5432", "NODE_AWAY"],
  ["XX000", "SSL SYSCALL error: EOF detected", "NODE_AWAY"],
  ["58030", "failed to COPY to shard 102010 on 10.0.0.2:5432", "NODE_AWAY"],
  ["58030", 'could not read block 3 in file "base/5/1259": Input/output error', "SERVER_DAMAGED"],
  ["XX001", "invalid page in block 3 of relation base/5/1259", "SERVER_DAMAGED"],
  ["53100", "could not write init file: No space left on device", "DISK_FULL"],
];

describe("a refusal", () => {
  let server: RefusingServer;
  beforeAll(async () => {
    server = await startRefusingServer();
  });
  afterAll(() => server.close());

  test.each(REFUSALS)("%s %s is %s", async (sqlstate, sentence, reason) => {
    server.refuse(sqlstate, sentence);
    const { code, retryAfterSeconds, cure } = DATABASE_TROUBLES[reason];
    const { connectionString: database } = server;
    const error = await refusal(createContactSync({ database, key: TEST_KEY }), code);
    expect(error.details).toEqual({ reason, retry_after_seconds: retryAfterSeconds });
    expect(error.message).toContain(`(${sqlstate})`);
    expect(error.message).toContain(cure);
    // The server's own words name hosts and roles: for the one who runs it, and for nobody else.
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toMatch(
      /"app"|10\.0\.0\.7|base\//,
    );
    expect(serverSentence(error)).toBe(sentence);
  });

  test("is told at the command line in the server's own words, and in JSON", async () => {
    server.refuse("XX000", "Tenant or user not found");
    const environment = { DATABASE_URL: server.connectionString, CONTACT_SYNC_KEY: TEST_KEY };
    const plain = await runCli(["stats"], { environment });
    expect(plain).toMatchObject({ code: 1, stdout: "" });
    expect(plain.stderr).toMatch(
      /^DATABASE_UNAVAILABLE: the pooler knows no such .*Supabase.*\n {2}Reported: Tenant or user not found\n$/,
    );
    const json = await runCli(["stats", "--json"], { environment });
    expect(JSON.parse(json.stderr)).toMatchObject({
      success: false,
      code: "DATABASE_UNAVAILABLE",
      reason: "UNKNOWN_TENANT",
      retry_after_seconds: 30,
      reported: "Tenant or user not found",
    });
    expect(plain.stderr + json.stderr).not.toContain("hunter2");
  });

  test.each([
    ["XX000", "ERROR", "INTERNAL"],
    ["08P01", "ERROR", "INTERNAL"],
    ["P0001", "ERROR", "INTERNAL"],
    ["23505", "ERROR", "INTERNAL"],
    ["22P02", "FATAL", "DATABASE_UNAVAILABLE"],
  ] as const)("with %s %s is %s, and may quote data, so it is not repeated", async (sqlstate, severity, code) => {
    server.refuse(sqlstate, "invalid input: +201001234567", severity);
    const { connectionString: database } = server;
    const error = await refusal(createContactSync({ database, key: TEST_KEY }), code);
    expect(inspect(error, { depth: 9 })).not.toContain("201001234567");
  });
});

describe("a server that nobody reaches", () => {
  test.each([
    ["postgresql://app:hunter2@127.0.0.1:1/app", "UNREACHABLE", "ECONNREFUSED"],
    ["postgresql://app:hunter2@nowhere.invalid/app", "UNKNOWN_HOST", "nowhere.invalid"],
    ["postgresql://app:hunter2@/app?host=/nowhere", "UNREACHABLE", "ENOENT"],
  ] as const)("%s is %s", async (database, reason, said) => {
    const error = await refusal(
      createContactSync({ database, key: TEST_KEY }),
      "DATABASE_UNAVAILABLE",
    );
    expect(error.details).toMatchObject({ reason });
    expect(serverSentence(error)).toContain(said);
    expect(`${error.message} ${serverSentence(error)}`).not.toContain("hunter2");
  });

  test("is told from one that does not encrypt", async () => {
    const server = await startRefusingServer();
    const database = `${server.connectionString}?sslmode=verify-full`;
    const error = await refusal(
      createContactSync({ database, key: TEST_KEY }),
      "DATABASE_UNAVAILABLE",
    );
    await server.close();
    expect(error.details).toMatchObject({ reason: "TLS" });
  });
});

test("each trouble says what it is, what to do, and when to try again", () => {
  for (const [reason, trouble] of Object.entries(DATABASE_TROUBLES)) {
    expect(reason).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(ERRORS[trouble.code].status, reason).toBe(503);
    expect(trouble.what, reason).toMatch(/^[a-z].+[^.]$/);
    expect(trouble.cure, reason).toMatch(/^[A-Z].+\.$/);
    expect(trouble.retryAfterSeconds, reason).toBeGreaterThanOrEqual(2);
    expect(trouble.retryAfterSeconds, reason).toBeLessThanOrEqual(60);
  }
});
