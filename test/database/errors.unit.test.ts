import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { inspect } from "node:util";
import { ContactSyncError, type ErrorCode } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { describe, expect, test } from "vitest";
import {
  isDatabaseTrouble,
  serverSentence,
  toContactSyncError,
} from "../../src/database/errors.ts";

const DATA = "+201001234567";

/** An error as the driver makes one, each field of which quotes data. */
function databaseError(code: string, message = `fault of ${DATA}`): Error {
  return Object.assign(new Error(message), {
    code,
    detail: `Key (phone)=(${DATA}) already exists.`,
    hint: `Not ${DATA}?`,
    where: `PL/pgSQL function f(${DATA})`,
    internalQuery: `select '${DATA}'`,
  });
}

/** An error as one of our functions raises it. */
function ourError(message: string, code: string, detail?: string): Error {
  const where = "PL/pgSQL function public.contact_sync_require(text,boolean) line 9 at RAISE";
  return Object.assign(new Error(message), { code, detail, where, routine: "exec_stmt_raise" });
}

const fromSql = Object.entries(ERRORS).flatMap(([code, { sqlstate }]) =>
  sqlstate === null ? [] : [[sqlstate, code as ErrorCode] as const],
);

describe("an error of the database", () => {
  test.each(fromSql)("with our SQLSTATE %s is %s", (sqlstate, code) => {
    const fault = Object.assign(
      ourError(`${code}: some contact is at fault`, sqlstate, '{"position": 41, "limit": 7}'),
      { hint: "Send another." },
    );
    const error = toContactSyncError(fault);
    expect(error).toMatchObject({ code, index: 41, cause: { code: sqlstate } });
    expect(error.details).toEqual({ limit: 7 });
    expect(error.message).toBe(`${code}: some contact is at fault. Send another.`);
  });

  test("says where the fault is by its DETAIL, and not by what its message says", () => {
    const fault = (detail?: string) =>
      toContactSyncError(ourError("INVALID_CONTACT: at position 41", "YC005", detail));
    expect(fault('{"position": 0}')).toMatchObject({ index: 0, details: undefined });
    for (const other of [undefined, "", "Key (phone)=(1) exists.", "null", "[]", '"text"', "7"]) {
      expect(fault(other)).toMatchObject({ index: undefined, details: undefined });
    }
    const filled = fault(JSON.stringify({ [DATA]: 1, phone: 7, position: DATA, limit: 3 }));
    expect(filled).toMatchObject({ index: undefined, details: { limit: 3 } });
    expect(Object.keys(filled.details ?? {})).toEqual(["limit"]);
    for (const figure of ["1e999", "-1", "0.5", "9007199254740993", "true", '"1"', "[1]", "null"]) {
      const { index, details } = fault(`{"position": ${figure}, "retry_after_seconds": ${figure}}`);
      expect([figure, index, details]).toEqual([figure, undefined, undefined]);
    }
  });

  test.each([
    ["of a trigger", "PL/pgSQL function forged() line 1 at RAISE"],
    [
      "of a trigger that a function of ours set off",
      'PL/pgSQL function forged() line 1 at RAISE\nSQL statement "insert"\nPL/pgSQL function contact_sync_require(text) line 3',
    ],
    ["of a name that ends like ours", "PL/pgSQL function my_link_phone(uuid) line 1 at RAISE"],
    [
      "of a block in a trigger",
      "PL/pgSQL function inline_code_block line 1 at RAISE\nPL/pgSQL function forged() line 1",
    ],
  ])("with our SQLSTATE %s is INTERNAL and says nothing of itself", (_, where) => {
    const fault = ourError(`INVALID_CONTACT: ${DATA}`, "YC005", `{"limit": ${DATA.slice(1)}}`);
    const error = toContactSyncError(Object.assign(fault, { where, hint: DATA }));
    expect(error).toMatchObject({ code: "INTERNAL", index: undefined, details: undefined });
    expect(inspect(error, { depth: 9 })).not.toContain(DATA.slice(1));
  });

  test.each([
    "PL/pgSQL-Funktion contact_sync_require(text,boolean) Zeile 9 bei RAISE",
    'PL/pgSQL関数"My schema".contact_sync_require(text)の9行目 - RAISE',
    "PL/pgSQL function inline_code_block line 9 at RAISE",
  ])("is ours whatever the server's language: %s", (where) => {
    const error = toContactSyncError(Object.assign(ourError("it is so", "YC005"), { where }));
    expect(error.message).toBe("INVALID_CONTACT: it is so");
  });

  test("with our SQLSTATE and no context keeps its code, and none of its text", () => {
    const error = toContactSyncError(Object.assign(new Error(DATA), { code: "YC005", hint: DATA }));
    expect(error.message).toBe(`INVALID_CONTACT: ${ERRORS.INVALID_CONTACT.title}`);
    expect(inspect(error, { depth: 9 })).not.toContain(DATA);
  });

  test("is known as ours in every function that raises one", () => {
    const definitions = new URL("../../database/definitions/", import.meta.url);
    const names = readdirSync(definitions, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".sql") && !file.startsWith("guard"))
      .filter((file) =>
        /\braise exception\b/i.test(readFileSync(new URL(file, definitions), "utf8")),
      )
      .map((file) => basename(file, ".sql"));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const where = `PL/pgSQL function ${name}(uuid) line 9 at RAISE`;
      const fault = Object.assign(ourError("it is so", "YC005"), { where });
      expect([name, toContactSyncError(fault).code]).toEqual([name, "INVALID_CONTACT"]);
    }
  });

  test.each([
    "53100",
    "53200",
    "57P03",
    "58030",
    "25006",
    "28000",
    "08006",
    "3D000",
    "XX001",
  ])("that somebody's code raised as a trouble, %s, is one without its text", (sqlstate) => {
    for (const raised of [
      { routine: "exec_stmt_raise", where: "PL/pgSQL function f() line 1 at RAISE" },
      { routine: "exec_stmt_raise" },
      { routine: "PLy_spi_exception_set", where: 'PL/Python function "f"' },
    ]) {
      const error = toContactSyncError(
        Object.assign(new Error(`of ${DATA}`), { code: sqlstate, detail: DATA, ...raised }),
      );
      expect(error.code).toMatch(/^DATABASE_/);
      expect(serverSentence(error)).toBe(`SQLSTATE ${sqlstate}`);
      expect(inspect(error, { depth: 9 })).not.toContain(DATA);
    }
  });

  test.each([
    ["25006", "cannot execute INSERT in a read-only transaction", "PreventCommandIfReadOnly"],
    ["53100", 'could not extend file "base/5/1": No space left on device', "mdextend"],
  ])("that the server worded beneath a function of ours, %s, keeps its text", (code, said, routine) => {
    const where = "PL/pgSQL function contact_sync_hold_seal() line 3 at SQL statement";
    const fault = Object.assign(new Error(said), { code, where, routine });
    expect(serverSentence(toContactSyncError(fault))).toBe(said);
  });

  test.each([
    [
      "the coordinator says so",
      "08006",
      "connection to the remote node app@10.0.0.8:5432 failed with the following error: connection not open",
      "ReportConnectionError",
      "PL/pgSQL function contact_sync_lock_group(uuid[]) line 9 at assignment",
    ],
    [
      "the linker asks it",
      "08006",
      "the node of group 2 does not answer",
      "exec_stmt_raise",
      "PL/pgSQL function contact_sync_ask_nodes(text,bigint[]) line 34 at RAISE",
    ],
    [
      "a transaction needs it",
      "XX000",
      "failure on connection marked as essential: 10.0.0.8:5432",
      "HandleRemoteTransactionConnectionError",
      "PL/pgSQL function contact_sync_link_pass(uuid[],integer) line 9 at SQL statement",
    ],
    [
      "libpq says in the middle of a statement",
      "XX000",
      "SSL SYSCALL error: EOF detected",
      "ReportResultError",
      "",
    ],
    [
      "rows are copied to it",
      "58030",
      "failed to COPY to shard 102010 on 10.0.0.8:5432",
      "ReportCopyError",
      "",
    ],
    [
      "it shuts down",
      "57P01",
      "terminating connection due to administrator command",
      "ReportResultError",
      "while executing command on 10.0.0.8:5432",
    ],
  ])("that a node of a cluster does not answer, as %s, is one and leaves the connection", (_, code, said, routine, where) => {
    const fault = Object.assign(new Error(said), { code, where, routine, severity: "ERROR" });
    const error = toContactSyncError(fault);
    expect(error).toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      details: { reason: "NODE_AWAY", retry_after_seconds: 5 },
    });
    expect(isDatabaseTrouble(fault)).toBe(false);
    // The coordinator's own connection ends with FATAL.
    const ended = Object.assign(new Error(said), { code, severity: "FATAL" });
    expect(toContactSyncError(ended).details).not.toMatchObject({ reason: "NODE_AWAY" });
    expect(isDatabaseTrouble(ended)).toBe(true);
  });

  test.each([
    ["42P01", "DATABASE_NOT_MIGRATED"],
    ["42883", "DATABASE_NOT_MIGRATED"],
    ["3F000", "DATABASE_NOT_MIGRATED"],
    ["08006", "DATABASE_UNAVAILABLE"],
    ["28P01", "DATABASE_UNAVAILABLE"],
    ["3D000", "DATABASE_UNAVAILABLE"],
    ["53300", "DATABASE_UNAVAILABLE"],
    ["57P01", "DATABASE_UNAVAILABLE"],
    ["ECONNREFUSED", "DATABASE_UNAVAILABLE"],
    ["ENOENT", "DATABASE_UNAVAILABLE"],
    ["57014", "TIMED_OUT"],
    ["55P03", "TIMED_OUT"],
    ["42501", "INVALID_CONFIGURATION"],
    ["54001", "INVALID_ARGUMENT"],
    ["22P05", "INVALID_ARGUMENT"],
    ["22021", "INVALID_ARGUMENT"],
    ["25P04", "TIMED_OUT"],
    ["22P02", "INTERNAL"],
    ["23505", "INTERNAL"],
    ["XX000", "INTERNAL"],
    ["0A000", "INTERNAL"],
  ] as const)("with SQLSTATE or code %s is %s", (sqlstate, code) => {
    const error = toContactSyncError(databaseError(sqlstate));
    expect(error.code).toBe(code);
    expect(error.index).toBeUndefined();
    expect((error.cause as { code: string }).code).toBe(sqlstate);
    // What to do is said where somebody can do something.
    if (code === "DATABASE_NOT_MIGRATED") expect(error.message).toContain(ERRORS[code].cure);
  });

  test("of a role that can't write on a cluster says what the role lacks", () => {
    const fault = databaseError("0A000", "COPY FROM not supported with row-level security");
    const error = toContactSyncError(fault);
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", cause: { code: "0A000" } });
    expect(error.message).toContain("bypassrls");
  });

  test.each(["22P02", "22007", "23505", "23514"])("quotes no data: %s", (sqlstate) => {
    const error = toContactSyncError(databaseError(sqlstate));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(DATA);
  });

  test("passes as it is when it is one of ours", () => {
    const ours = new ContactSyncError("ABORTED", "enough");
    expect(toContactSyncError(ours)).toBe(ours);
  });

  test("is found beneath what was wrapped around it", () => {
    const cut = new Error("the connection was lost", {
      cause: databaseError("57P01", "terminating connection"),
    });
    expect(toContactSyncError(cut).code).toBe("DATABASE_UNAVAILABLE");
    const addresses = new AggregateError([databaseError("ECONNREFUSED"), databaseError("EPERM")]);
    expect(toContactSyncError(addresses).code).toBe("DATABASE_UNAVAILABLE");
  });

  test.each([
    "Connection terminated unexpectedly",
    "timeout exceeded when trying to connect",
    "Client has encountered a connection error and is not queryable",
  ])("without any code, by what the driver says: %s", (message) => {
    expect(toContactSyncError(new Error(message)).code).toBe("DATABASE_UNAVAILABLE");
  });

  test.each([
    "Cannot use a pool after calling end on the pool",
    "Client was closed and is not queryable",
    "PGlite is closed",
  ])("that says that the caller has closed it is told from a lost one: %s", (message) => {
    const error = toContactSyncError(new Error(message));
    expect(error.details).toMatchObject({ reason: "CLOSED" });
    expect(error.message).toContain("closed before the call");
  });

  test.each([undefined, null, "text", 7, {}])("that is no error is INTERNAL: %j", (thrown) => {
    expect(toContactSyncError(thrown)).toMatchObject({ code: "INTERNAL" });
  });
});
