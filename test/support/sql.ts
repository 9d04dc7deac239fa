import { randomBytes, randomUUID } from "node:crypto";
import type { ErrorCode } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { type PostgresUnderTest, type TestDatabaseOptions, useDatabase } from "./postgres.ts";

// biome-ignore lint/suspicious/noExplicitAny: a test knows what its statement returns
type Row = any;

/** What a suite that speaks SQL needs: statements as the role that migrates, each on its own. */
export function useSql(server: PostgresUnderTest, options?: TestDatabaseOptions) {
  const database = useDatabase(server, options);
  const rows = async (text: string, ...values: unknown[]): Promise<Row[]> =>
    (await database().pool.query(text, values)).rows;
  const row = async (text: string, ...values: unknown[]): Promise<Row> => {
    const found = await rows(text, ...values);
    if (found.length !== 1) throw new Error(`one row expected, not ${found.length}`);
    return found[0];
  };
  return {
    database,
    /** All rows of a statement. */
    rows,
    /** Its only row. */
    row,
    /** The only column of its only row. */
    value: async (text: string, ...values: unknown[]): Promise<unknown> =>
      Object.values(await row(text, ...values))[0],
  };
}

/** A user nobody has met before: tests of one database don't meet each other's owners. */
export const newUser = (): string => randomUUID();

/** Phone hashes that no other test has, in ascending order, which is key order. */
export function newPhones(count: number): string[] {
  const prefix = randomBytes(8).toString("hex");
  return Array.from({ length: count }, (_, index) => prefix + index.toString(16).padStart(16, "0"));
}

/** As the database stores and prints it. */
export const asKey = (hash: string): string =>
  hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export interface Refusal {
  code: ErrorCode;
  message: string;
  hint: string | undefined;
  /** Its DETAIL, which is JSON for programs. */
  details: unknown;
  /** All that a client or a server log would show of it. */
  text: string;
}

/** How a statement was refused; fails when it was not, or not with an error of ours. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => {
      throw new Error("it was not refused");
    },
    (reason) => reason,
  );
  const { message, detail, hint, code: sqlstate } = error;
  const code = (Object.keys(ERRORS) as ErrorCode[]).find(
    (name) => ERRORS[name].sqlstate === sqlstate && sqlstate !== undefined,
  );
  if (code === undefined) throw error;
  if (!message.startsWith(`${code}: `)) throw new Error(`"${message}" does not begin with ${code}`);
  const details = detail === undefined ? undefined : JSON.parse(detail);
  return { code, message, hint, details, text: [message, detail, hint].join("\n") };
}
