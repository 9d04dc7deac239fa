import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The embedded server as its superuser, whose password only the data directory has. */
export async function asSuperuser(
  connectionString: string,
  dataDir: string,
  database = "contact_sync",
): Promise<string> {
  const password = (await readFile(join(dataDir, "postgres-password"), "utf8")).trim();
  return connectionString
    .replace(/^postgresql:\/\/[^@]*@/, `postgresql://postgres:${encodeURIComponent(password)}@`)
    .replace(/\/contact_sync(?=\?|$)/, `/${database}`);
}
