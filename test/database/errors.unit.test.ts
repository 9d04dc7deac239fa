import { inspect } from "node:util";
import { ContactSyncError, ERRORS, type ErrorCode } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { toContactSyncError } from "../../src/database/errors.ts";

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

const fromSql = Object.entries(ERRORS).flatMap(([code, { sqlstate }]) =>
  sqlstate === null ? [] : [[sqlstate, code as ErrorCode] as const],
);

describe("an error of the database", () => {
  test.each(fromSql)("with our SQLSTATE %s is %s", (sqlstate, code) => {
    const fault = Object.assign(new Error(`${code}: some contact is at fault`), {
      code: sqlstate,
      detail: '{"position": 41, "limit": 7}',
      hint: "Send another.",
    });
    const error = toContactSyncError(fault);
    expect(error).toMatchObject({ code, index: 41, cause: { code: sqlstate } });
    expect(error.details).toEqual({ limit: 7 });
    expect(error.message).toBe(`${code}: some contact is at fault. Send another.`);
  });

  test("says where the fault is by its DETAIL, and not by what its message says", () => {
    const fault = (detail?: string) =>
      toContactSyncError(
        Object.assign(new Error("INVALID_CONTACT: at position 41"), { code: "YC005", detail }),
      );
    expect(fault('{"position": 0}')).toMatchObject({ index: 0, details: undefined });
    for (const other of [undefined, "", "Key (phone)=(1) exists.", "null", "[]", '"text"', "7"]) {
      expect(fault(other)).toMatchObject({ index: undefined, details: undefined });
    }
    const foreign = fault(JSON.stringify({ phone: DATA, position: DATA, of: [DATA], limit: 3 }));
    expect(foreign.index).toBeUndefined();
    expect(foreign.details).toEqual({ limit: 3 });
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
  ] as const)("with SQLSTATE or code %s is %s", (sqlstate, code) => {
    const error = toContactSyncError(databaseError(sqlstate));
    expect(error.code).toBe(code);
    expect(error.index).toBeUndefined();
    expect((error.cause as { code: string }).code).toBe(sqlstate);
    // What to do is said where somebody can do something.
    if (code === "DATABASE_NOT_MIGRATED") expect(error.message).toContain(ERRORS[code].cure);
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
    "Cannot use a pool after calling end on the pool",
  ])("without any code, by what the driver says: %s", (message) => {
    expect(toContactSyncError(new Error(message)).code).toBe("DATABASE_UNAVAILABLE");
  });

  test.each([undefined, null, "text", 7, {}])("that is no error is INTERNAL: %j", (thrown) => {
    expect(toContactSyncError(thrown)).toMatchObject({ code: "INTERNAL" });
  });
});
