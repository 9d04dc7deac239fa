import { rmSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedDatabase } from "../../dist/index.js";

/**
 * Gives the work an empty database, and throws it away.
 *
 * @template Result
 * @param {(connectionString: string) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withOwnDatabase(work) {
  const folder = await mkdtemp(join(tmpdir(), "contact-sync-attack-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Started by root, PostgreSQL runs as a user of its own, who has to get into it.
  await chmod(folder, 0o755);
  try {
    const embedded = await startEmbeddedDatabase({ dataDir: join(folder, "data") });
    // On Ctrl-C as well; after the embedded database's own listener, which stops it.
    process.once("exit", remove);
    try {
      return await work(embedded.connectionString);
    } finally {
      await embedded.stop();
    }
  } finally {
    remove();
    process.removeListener("exit", remove);
  }
}
