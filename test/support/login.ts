import { randomBytes } from "node:crypto";
import type { TestDatabase } from "./postgres.ts";
import { query } from "./query.ts";

/** A role of a test's own that may log in. */
export interface Login {
  readonly name: string;
  readonly connectionString: string;
}

/** Roles belong to the server, so each test has its own. @param attributes as in CREATE ROLE */
export async function createLogin(
  { superuserConnectionString, roles }: TestDatabase,
  attributes = "",
): Promise<Login> {
  const name = `login_${randomBytes(6).toString("hex")}`;
  roles.push(name);
  // Citus makes it on every node.
  await query(superuserConnectionString, `create role ${name} login ${attributes}`);
  const connectionString = superuserConnectionString.replace(/\/\/[^@]*@/, `//${name}@`);
  return { name, connectionString };
}
