import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // The tests read the client's source, so that a change there needs no build to be seen.
    alias: { "@contact-sync/client": here("client/src/index.ts") },
  },
  test: {
    include: ["test/**/*.test.ts", "client/test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores are the normal case; more workers only make timings of real servers flaky.
    maxWorkers: 2,
    // Real servers on a machine that others use: what is broken fails twice, and the report names
    // whatever needed its second try.
    retry: process.env["CI"] ? 1 : 0,
  },
});
