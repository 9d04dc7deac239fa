import { ContactSyncError } from "@contact-sync/client";
import type { OpenedEngine } from "./open-engine.ts";

// A registered symbol and no WeakMap: a bundler may load this module twice, and a development server
// keeps the library's face over a reload of all modules.
const ENGINE = Symbol.for("contact-sync.engine");

/** Remembers what engine a face of the library has, for what is mounted on it. */
export function rememberEngine<Face extends object>(face: Face, opened: OpenedEngine): Face {
  return Object.defineProperty(face, ENGINE, { value: opened });
}

/**
 * The engine behind a face of the library.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function engineBehind(face: unknown): OpenedEngine {
  const opened = (face as Record<symbol, OpenedEngine> | null | undefined)?.[ENGINE];
  if (opened !== undefined) return opened;
  throw new ContactSyncError(
    "INVALID_ARGUMENT",
    "contactSync must be what createContactSync resolves to, awaited, and no copy of it",
  );
}
