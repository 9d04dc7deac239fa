import { ContactSyncError } from "@contact-sync/client";

/** What lines are written to; pino's loggers are such, Fastify's, and the console. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A line for a function that takes whole ones: what it is about, in fields of their own. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Where an app wants lines to go. */
export type LogTarget = Log | ((line: LogLine) => void);

const LEVELS = ["info", "warn", "error"] as const;

/** Unless somebody says where lines go, those that tell of a fault go to stderr, as JSON. */
const TO_STDERR: Log = {
  info() {},
  warn: (fields, message) => console.error(JSON.stringify({ level: "warn", ...fields, message })),
  error: (fields, message) => console.error(JSON.stringify({ level: "error", ...fields, message })),
};

/**
 * Reads where an app wants lines to go.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function readLog(target: LogTarget | undefined): Log {
  if (target === undefined) return TO_STDERR;
  if (typeof target === "function") {
    const at = (level: LogLine["level"]) => (fields: object, message: string) =>
      target({ level, message, ...fields });
    return { info: at("info"), warn: at("warn"), error: at("error") };
  }
  if (LEVELS.every((level) => typeof target?.[level] === "function")) return target;
  throw new ContactSyncError(
    "INVALID_ARGUMENT",
    "logger must be a function, or have info(), warn() and error() as pino's have",
  );
}
