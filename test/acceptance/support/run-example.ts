import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assertBuilt, PACKAGES } from "../../support/built.ts";
import { TEST_KEY } from "../../support/key.ts";
import type { TestDatabase } from "../../support/postgres.ts";

assertBuilt();

/**
 * Runs a module that a reader would copy, in a folder with the packages and the driver in its
 * `node_modules`, and gives what it prints.
 */
export async function runExample(code: string, database: TestDatabase): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-example-"));
  try {
    const pg = fileURLToPath(new URL("../../../node_modules/pg", import.meta.url));
    for (const [name, target] of Object.entries({ ...PACKAGES, pg })) {
      const link = join(folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(target, link);
    }
    const file = join(folder, "example.mjs");
    await writeFile(file, code);
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
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
