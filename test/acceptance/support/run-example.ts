import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { TEST_KEY } from "../../support/engine.ts";
import type { TestDatabase } from "../../support/postgres.ts";

const LOADER = new URL("../../support/typescript.js", import.meta.url).href;
const LIBRARY = new URL("../../../src/index.ts", import.meta.url).href;

/**
 * Runs a module that a reader would copy, in a process of its own, and gives what it prints. The
 * one change: it gets the library's source for the package, so that no build has to be fresh.
 */
export async function runExample(code: string, database: TestDatabase): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-example-"));
  const file = join(folder, "example.mjs");
  try {
    await writeFile(file, code.replaceAll(/ from "contact-sync"/g, ` from "${LIBRARY}"`));
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", LOADER, file], {
      env: {
        ...process.env,
        DATABASE_URL: database.connectionString,
        CONTACT_SYNC_KEY: TEST_KEY,
      },
    });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
