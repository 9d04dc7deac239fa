import type { TestProject } from "vitest/node";
import { createSupabaseRoles, SUPABASE_SUPERUSER } from "./supabase-roles.ts";
import { isMajor, type Major, NEWEST, startTestServer, type TestServer } from "./test-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    testServers: TestServer[];
  }
}

type StartedServer = Awaited<ReturnType<typeof startTestServer>>;

// Vitest loads this file once for each project that asks for it, and they share their servers.
const shared = globalThis as { contactSyncTestServers?: Promise<StartedServer[]> };

/**
 * Starts one PostgreSQL per major before the first test, laid out as Supabase lays out its own.
 *
 * `CONTACT_SYNC_TEST_POSTGRES` names the majors: "15,18", or the newest when it is not set.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.contactSyncTestServers ??= startServers();
  const started = await shared.contactSyncTestServers;
  project.provide(
    "testServers",
    started.map(({ server }) => server),
  );
  return async () => {
    await Promise.all(started.map(({ stop }) => stop()));
  };
}

async function startServers(): Promise<StartedServer[]> {
  const started = await Promise.all(
    requestedMajors().map((major) => startTestServer(major, SUPABASE_SUPERUSER)),
  );
  await Promise.all(started.map(({ server }) => createSupabaseRoles(server)));
  return started;
}

function requestedMajors(): Major[] {
  const { CONTACT_SYNC_TEST_POSTGRES: wanted = String(NEWEST) } = process.env;
  return wanted.split(",").map((text) => {
    const major = Number(text);
    if (!isMajor(major)) {
      throw new Error(
        `CONTACT_SYNC_TEST_POSTGRES: some of 15, 16, 17 and 18 with commas between, not "${wanted}"`,
      );
    }
    return major;
  });
}
