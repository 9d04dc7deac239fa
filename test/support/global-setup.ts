import type { TestProject } from "vitest/node";
import { findCluster } from "./citus.ts";
import { createSupabaseRoles, SUPABASE_SUPERUSER } from "./supabase-roles.ts";
import {
  isMajor,
  type Major,
  NEWEST,
  type RunningServer,
  startTestServer,
  type TestServer,
} from "./test-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    testServers: TestServer[];
  }
}

type StartedServer = Pick<RunningServer, "server" | "stop">;

// Vitest loads this file once for each project that asks for it, and they share their servers.
const shared = globalThis as { contactSyncTestServers?: Promise<StartedServer[]> };

/**
 * Starts one PostgreSQL per major before the first test, laid out as Supabase lays out its own.
 *
 * `CONTACT_SYNC_TEST_POSTGRES` names the majors: "15,18", or the newest when it is not set.
 * `CONTACT_SYNC_TEST_CITUS` is the URL of a Citus cluster, which is used instead.
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
  const { CONTACT_SYNC_TEST_CITUS: citus = "" } = process.env;
  if (citus !== "") {
    const server = await findCluster(citus);
    await createSupabaseRoles(server);
    return [{ server, stop: async () => {} }];
  }
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
