import { createContactSync } from "contact-sync";

/** One engine a process: a reload in development keeps it. */
export function contactSync() {
  globalThis.contactSync ??= createContactSync({
    database: process.env["DATABASE_URL"] ?? "",
    key: process.env["CONTACT_SYNC_KEY"] ?? "",
  });
  return globalThis.contactSync;
}
