import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The built program. */
export const MAIN = join(ROOT, "dist/cli/main.js");

/** The folders of both packages, as they would lie in a user's `node_modules`. */
export const PACKAGES = { "contact-sync": ROOT, "@contact-sync/client": join(ROOT, "client") };

const SOURCE = /^(?!.*node_modules).*\.(?:tsx?|css|html)$/;

/** For a test of the build: fails where there is none, or one of other sources. */
export function assertBuilt(): void {
  for (const folder of Object.values(PACKAGES)) {
    assertNewer(join(folder, "dist/index.js"), join(folder, "src"));
  }
}

/** Likewise, of the operator's page. */
export function assertDashboardBuilt(): void {
  assertNewer(join(ROOT, "dist/dashboard/index.html"), join(ROOT, "dashboard"));
}

function assertNewer(file: string, sources: string): void {
  const built = changedAt(file);
  for (const name of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
    if (SOURCE.test(name) && changedAt(join(sources, name)) > built) {
      throw new Error(`The build is older than ${join(sources, name)}. Run: npm run build`);
    }
  }
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
