import type { TestProject } from "vitest/node";
import { createSupabaseRoles, SUPABASE_SUPERUSER } from "./supabase-roles.ts";
import { type Major, startTestServer, type TestServer } from "./test-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    testServers: TestServer[];
  }
}

/**
 * Starts one PostgreSQL per major before the first test, laid out as Supabase lays out its own.
 *
 * `CONTACT_SYNC_TEST_POSTGRES` narrows the majors ("15", "18"; "15,18" when it is not set).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.all(
    requestedMajors().map((major) => startTestServer(major, SUPABASE_SUPERUSER)),
  );
  await Promise.all(started.map(({ server }) => createSupabaseRoles(server)));
  project.provide(
    "testServers",
    started.map(({ server }) => server),
  );
  return async () => {
    await Promise.all(started.map(({ stop }) => stop()));
  };
}

function requestedMajors(): Major[] {
  const { CONTACT_SYNC_TEST_POSTGRES: wanted = "15,18" } = process.env;
  return wanted.split(",").map((text) => {
    const major = Number(text);
    if (major !== 15 && major !== 18) {
      throw new Error(`CONTACT_SYNC_TEST_POSTGRES: "15", "18" or "15,18", not "${wanted}"`);
    }
    return major;
  });
}
