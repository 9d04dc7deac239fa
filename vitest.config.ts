import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { packages } from "./test/support/packages.ts";
import { ALL, PROCESSES, UNIT } from "./test/support/projects.ts";

type Options = NonNullable<TestProjectInlineConfiguration["test"]>;

// The limit on a test's time ends one that hangs, and is nothing that a test asserts: a machine that
// others use may take ten times as long.
const project = (name: string, groupOrder: number, minutes: number, options: Options) => ({
  extends: true as const,
  test: {
    name,
    // One project after another, so that files which share their modules follow one another.
    sequence: { groupOrder },
    testTimeout: minutes * 60_000,
    hookTimeout: minutes * 60_000,
    ...options,
  },
});

export default defineConfig({
  plugins: [packages()],
  test: {
    // The build is loaded as it is, and by Node.
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
    expect: { poll: { timeout: 120_000 } },
    // Two cores are the normal case; more workers only make timings of real servers flaky.
    maxWorkers: 2,
    projects: [
      project("unit", 1, 2, {
        include: UNIT,
        exclude: [...PROCESSES, "**/node_modules/**"],
        setupFiles: "test/support/no-servers.ts",
        isolate: false,
      }),
      project("postgres", 2, 5, {
        include: ALL,
        exclude: [...UNIT, ...PROCESSES, "**/node_modules/**"],
        globalSetup: "test/support/global-setup.ts",
        // Loading all that a file imports, for each file anew, takes about as long as its tests. So
        // whoever mocks a module resets the modules behind it.
        isolate: false,
      }),
      project("processes", 3, 10, {
        include: PROCESSES,
        globalSetup: "test/support/global-setup.ts",
      }),
    ],
  },
});
