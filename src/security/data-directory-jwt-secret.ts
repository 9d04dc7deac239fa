import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { generateKey } from "./key.ts";
import { createSecretFile } from "./secret-file.ts";

/**
 * The token secret of a service that was given none: made up on first use and kept in the data
 * directory (`jwt-secret`, mode 0600), where `contact-sync token` finds it.
 */
export async function readOrCreateJwtSecret(dataDir: string): Promise<string> {
  const root = resolve(dataDir);
  const file = join(root, "jwt-secret");
  await mkdir(root, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) await createSecretFile(file, `${generateKey()}\n`);
  return (await readFile(file, "utf8")).trim();
}
