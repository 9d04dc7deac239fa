import {
  assertDiscoverable,
  assertRegion,
  ContactSyncError,
  type Discoverable,
  isContactSyncError,
  type Region,
} from "@contact-sync/client";
import { assertSchemaName, DEFAULT_SCHEMA } from "../database/schema.ts";
import { parseKey } from "../security/key.ts";
import type { UserIdKind } from "../security/user-ids.ts";

/** What the command line and the service are told by the environment. */
export interface Configuration {
  /** `DATABASE_URL`: a PostgreSQL server; undefined: the embedded database. It holds a password. */
  readonly databaseUrl: string | undefined;
  /** `CONTACT_SYNC_KEY`, of the right form; undefined where it is not set. */
  readonly key: string | undefined;
  /** `CONTACT_SYNC_PREVIOUS_KEY`: the key before, while it is being changed. */
  readonly previousKey: string | undefined;
  /** `CONTACT_SYNC_USER_IDS`: what the app calls its users; default `uuid`. */
  readonly userIds: UserIdKind;
  /** `CONTACT_SYNC_DATA_DIR`: where the embedded database lies; default `.contact-sync`. */
  readonly dataDir: string;
  /** `CONTACT_SYNC_SCHEMA`: default `public`. */
  readonly schema: string;
  /** `CONTACT_SYNC_DEFAULT_REGION`: there is no built-in one. */
  readonly defaultRegion: Region | undefined;
  /** `CONTACT_SYNC_DISCOVERABLE`: set in the database; undefined leaves what is set there. */
  readonly discoverable: Discoverable | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_DATA_DIR = ".contact-sync";

/**
 * Reads the environment, in one place and once. A variable that is empty is one that is not set.
 *
 * @throws ContactSyncError with all that is wrong, a line each: the code of the fault, or
 *   `INVALID_ARGUMENT` for several. No value is quoted: they hold passwords and keys.
 */
export function readConfiguration(environment: Environment): Configuration {
  const { configuration, faults } = inspectConfiguration(environment);
  if (faults.length > 0) throw joined(faults);
  return configuration;
}

/** Likewise, but with the faults as a list, for one who has others to tell with them. */
export function inspectConfiguration(environment: Environment): {
  readonly configuration: Configuration;
  readonly faults: readonly ContactSyncError[];
} {
  const faults: ContactSyncError[] = [];
  const read = <Value>(name: string, parse: (text: string) => Value): Value | undefined => {
    const text = environment[name]?.trim();
    if (text === undefined || text === "") return undefined;
    try {
      return parse(text);
    } catch (error) {
      if (!isContactSyncError(error)) throw error;
      faults.push(faultOf(name, error));
      return undefined;
    }
  };
  const configuration = {
    databaseUrl: read("DATABASE_URL", parseDatabaseUrl),
    key: read("CONTACT_SYNC_KEY", (text) => parseKey(text) && text),
    previousKey: read("CONTACT_SYNC_PREVIOUS_KEY", (text) => parseKey(text) && text),
    userIds: read("CONTACT_SYNC_USER_IDS", parseUserIds) ?? "uuid",
    dataDir: read("CONTACT_SYNC_DATA_DIR", (text) => text) ?? DEFAULT_DATA_DIR,
    schema: read("CONTACT_SYNC_SCHEMA", assertSchemaName) ?? DEFAULT_SCHEMA,
    defaultRegion: read("CONTACT_SYNC_DEFAULT_REGION", assertRegion),
    discoverable: read("CONTACT_SYNC_DISCOVERABLE", (text) => assertDiscoverable(text, "it")),
  };
  return { configuration, faults };
}

function parseUserIds(text: string): UserIdKind {
  if (text === "uuid" || text === "text") return text;
  throw new ContactSyncError("INVALID_ARGUMENT", "it must be uuid or text");
}

function parseDatabaseUrl(text: string): string {
  if (/^postgres(?:ql)?:\/\//i.test(text)) return text;
  throw new ContactSyncError("INVALID_ARGUMENT", "it must begin with postgresql://");
}

function faultOf(name: string, { code, message }: ContactSyncError): ContactSyncError {
  return new ContactSyncError(code, `${name}: ${message.slice(`${code}: `.length)}`);
}

function joined(faults: readonly ContactSyncError[]): ContactSyncError {
  const [first] = faults;
  if (first !== undefined && faults.length === 1) return first;
  const lines = faults.map(({ code, message }) => `\n  ${message.slice(`${code}: `.length)}`);
  return new ContactSyncError("INVALID_ARGUMENT", `the environment is wrong:${lines.join("")}`);
}
