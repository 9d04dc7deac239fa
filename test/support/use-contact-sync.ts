import { ContactSyncError, type ErrorCode, phoneHash } from "@contact-sync/client";
import { beforeAll, expect } from "vitest";
import type { ContactSyncOptions, ContactsWithAccounts } from "../../src/index.ts";
import { openContactSync } from "./open-contact-sync.ts";
import { type PostgresUnderTest, type TestDatabase, useDatabase } from "./postgres.ts";

export interface EngineUnderTest {
  readonly database: () => TestDatabase;
  readonly contactSync: () => ContactsWithAccounts;
}

/** A migrated database and the engine on it, for all tests of the suite around the call. */
export function useContactSync(
  server: PostgresUnderTest,
  options: Partial<ContactSyncOptions> = {},
): EngineUnderTest {
  const database = useDatabase(server);
  let contactSync: ContactsWithAccounts | undefined;
  beforeAll(async () => {
    contactSync = await openContactSync(database(), options);
  });
  return { database, contactSync: () => contactSync as ContactsWithAccounts };
}

/** The error that a call is refused with, which must be one of ours and bear this code. */
export async function refusal(call: Promise<unknown>, code: ErrorCode): Promise<ContactSyncError> {
  const error = await call.then(
    () => "nothing was thrown",
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ContactSyncError);
  expect((error as ContactSyncError).code).toBe(code);
  expect((error as ContactSyncError).message).toMatch(new RegExp(`^${code}: .`));
  // A parameter of an SQL function is no name that a caller of the library knows.
  expect((error as ContactSyncError).message).not.toMatch(/\bp_[a-z]/);
  return error as ContactSyncError;
}

/** The n-th of ten million numbers, in E.164. */
export function numberOf(n: number): string {
  return `+20100${String(n).padStart(7, "0")}`;
}

export function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => numberOf(from + index));
}

/** Its phone hash. */
export function hashOf(n: number): string {
  return phoneHash(numberOf(n));
}

export async function* streamOf<Entry>(entries: Iterable<Entry>): AsyncGenerator<Entry> {
  yield* entries;
}
