import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { ContactSyncError } from "@contact-sync/client";

/** The operating-system user that runs the server; empty means the user of this process. */
export interface ServerUser {
  uid?: number;
  gid?: number;
}

const NAME = "postgres";

/**
 * Who runs the server: PostgreSQL refuses to run as root, so root lends it to the user `postgres`,
 * who is created where there is none. Anybody else runs it as themselves.
 *
 * @param announce told before a user is created
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE`
 */
export function serverUser(announce: (message: string) => void = () => {}): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const found = lookUp();
  if (found !== undefined) return found;
  announce(
    `PostgreSQL does not run as root: creating the operating-system user "${NAME}" to run it.`,
  );
  const result = spawnSync(
    "useradd",
    ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
    { encoding: "utf8" },
  );
  const created = lookUp();
  if (created !== undefined) return created;
  throw new ContactSyncError(
    "EMBEDDED_UNAVAILABLE",
    `PostgreSQL does not run as root, and the user "${NAME}" could not be created ` +
      `(${(result.stderr || result.error?.message || "useradd failed").trim()}). ` +
      "Run as an ordinary user, or create that user yourself.",
  );
}

function lookUp(): ServerUser | undefined {
  const ask = (flag: string) => {
    const { status, stdout } = spawnSync("id", [flag, NAME], { encoding: "utf8" });
    return status === 0 ? Number.parseInt(stdout, 10) : undefined;
  };
  const uid = ask("-u");
  const gid = ask("-g");
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/**
 * Checks that the server's user can enter the folder, which root's own home (mode 0700), say,
 * prevents for everything below it.
 *
 * @throws ContactSyncError `EMBEDDED_UNAVAILABLE`, naming the folder that is in the way
 */
export function assertReachable(user: ServerUser, folder: string, what: string): void {
  if (user.uid === undefined) return;
  const blocked = ancestors(folder).find((path) => !canEnter(user, path));
  if (blocked === undefined) return;
  throw new ContactSyncError(
    "EMBEDDED_UNAVAILABLE",
    `The user "${NAME}", who runs PostgreSQL for root, cannot enter ${blocked}, where ${what} lies. ` +
      `Run: chmod o+x "${blocked}" — or keep the project elsewhere, or run as an ordinary user.`,
  );
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...ancestors(parent), folder];
}

function canEnter(user: ServerUser, folder: string): boolean {
  const options = { uid: user.uid, gid: user.gid, cwd: "/" } as { uid: number; gid: number };
  return spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", folder], options).status === 0;
}
