import { describe, expect, test } from "vitest";
import { ERRORS } from "../src/protocol/error-table.ts";
import {
  ContactSyncError,
  ERROR_CODES,
  type ErrorCode,
  isContactSyncError,
} from "../src/protocol/errors.ts";

const codes = Object.keys(ERRORS) as ErrorCode[];

describe("the table of errors", () => {
  test("has each code, in the order in which phones know them", () => {
    expect(codes).toEqual(ERROR_CODES);
  });

  test("has a status, a title and a cure for each code", () => {
    for (const code of codes) {
      const { status, title, cure } = ERRORS[code];
      expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
      expect(status, code).toBeGreaterThanOrEqual(400);
      expect(status, code).toBeLessThan(600);
      expect(title, code).toMatch(/^[A-Z].+[^.]$/);
      expect(cure, code).toMatch(/^[A-Z].+\.$/);
    }
  });

  test("has SQLSTATEs of our own class, each once, in their order", () => {
    const sqlstates = codes.map((code) => ERRORS[code].sqlstate).filter((state) => state !== null);
    for (const sqlstate of sqlstates) expect(sqlstate).toMatch(/^YC\d{3}$/);
    expect(sqlstates).toEqual([...new Set(sqlstates)].sort());
    expect(sqlstates.length).toBeGreaterThan(12);
  });
});

describe("ContactSyncError", () => {
  test("carries the code, also at the head of the message", () => {
    const error = new ContactSyncError("CONTACTS_LIMIT_EXCEEDED", "At most 10,000 a call", {
      cause: "beneath",
      index: 7,
      details: { limit: 10_000, received: 10_001 },
    });
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe("CONTACTS_LIMIT_EXCEEDED: At most 10,000 a call");
    expect(error.message.includes(error.code)).toBe(true);
    expect(error).toMatchObject({ cause: "beneath", index: 7, name: "ContactSyncError" });
    expect(error.details).toEqual({ limit: 10_000, received: 10_001 });
  });

  test("does not prefix a message that SQL has prefixed", () => {
    const { message } = new ContactSyncError("NOT_ALLOWED", "NOT_ALLOWED: not yours");
    expect(message).toBe("NOT_ALLOWED: not yours");
  });

  test("has no cause when none was given", () => {
    expect("cause" in new ContactSyncError("INTERNAL", "x")).toBe(false);
  });

  test("is recognised, also from another copy of the package", () => {
    const foreign = Object.assign(new Error("x"), { name: "ContactSyncError", code: "ABORTED" });
    expect(isContactSyncError(new ContactSyncError("ABORTED", "x"))).toBe(true);
    expect(isContactSyncError(foreign)).toBe(true);
    for (const other of [undefined, null, "ABORTED", new Error("x"), { code: "ABORTED" }]) {
      expect(isContactSyncError(other)).toBe(false);
    }
    expect(isContactSyncError(Object.assign(new Error("x"), { code: "ABORTED" }))).toBe(false);
    expect(
      isContactSyncError(
        Object.assign(new Error("x"), { name: "ContactSyncError", code: "toString" }),
      ),
    ).toBe(false);
  });
});
