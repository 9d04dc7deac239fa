import { type Fault, inOrder } from "../database/check/fault.ts";
import { readFaults } from "../database/check/read-faults.ts";
import { strayingSearchPaths } from "../database/check/straying-search-paths.ts";
import type { Queryable } from "../database/database.ts";
import { readMigrationStatus } from "../database/migrations/migration-status.ts";
import { keyCheck, parseKey } from "../security/key.ts";

export interface ExamineOptions {
  readonly schema: string;
  /** The sealing key that is going to be used; undefined where none is known. */
  readonly key: string | undefined;
  /** The key before it, while the key is being changed. */
  readonly previousKey?: string | undefined;
  /** Milliseconds since 1970, by the clock of this machine. */
  readonly now: () => number;
}

// A verification's time comes from the app's machine and is compared with the database's: two that
// differ by minutes refuse numbers that were just verified.
const CLOCKS_MAY_DIFFER_MS = 60_000;

/**
 * Everything that is wrong with an installation, also with one of which much is missing. Changes
 * nothing.
 *
 * @throws ContactSyncError `NAME_TAKEN`, `DATABASE_UNAVAILABLE`, `INVALID_CONFIGURATION`
 */
export async function examine(
  database: Queryable,
  { schema, key, previousKey, now }: ExamineOptions,
): Promise<Fault[]> {
  const faults = [
    ...(await missingMigrations(database, schema)),
    ...(await differingClocks(database, now)),
  ];
  if (!(await hasCheck(database, schema))) return inOrder(faults);
  // Until these are right, the functions look into another schema, and so would the check.
  const straying = await strayingSearchPaths(database, schema);
  if (straying.length > 0) return inOrder([...faults, ...straying]);
  return inOrder([
    ...faults,
    ...(await readFaults(database, schema)),
    ...(await differingKeys(database, schema, key, previousKey)),
    ...(await rotationUnderWay(database, schema)),
  ]);
}

async function missingMigrations(database: Queryable, schema: string): Promise<Fault[]> {
  const { pending, unknown } = await readMigrationStatus(database, schema);
  const object = `schema ${schema}`;
  return [
    ...pending.map((name) =>
      warning("MIGRATION_PENDING", object, `it lacks ${name}`, "Run `contact-sync migrate`."),
    ),
    ...unknown.map((name) =>
      warning(
        "MIGRATION_UNKNOWN",
        object,
        `it has ${name}, which this version does not know`,
        "A newer version was here: install that one.",
      ),
    ),
  ];
}

async function hasCheck(database: Queryable, schema: string): Promise<boolean> {
  const { rows } = await database.query(
    `select from pg_catalog.pg_proc p
       join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname = $1 and p.proname = 'check_contact_sync' and p.pronargs = 0`,
    [schema],
  );
  return rows.length > 0;
}

async function differingClocks(database: Queryable, now: () => number): Promise<Fault[]> {
  const before = now();
  const { rows } = await database.query<{ at: string }>(
    "select (extract(epoch from clock_timestamp()) * 1000)::bigint::text as at",
  );
  const after = now();
  const at = Number(rows[0]?.at);
  // Some time between the two; what the way there took is no difference.
  const differenceMs = at < before ? before - at : Math.max(at - after, 0);
  if (differenceMs <= CLOCKS_MAY_DIFFER_MS) return [];
  const seconds = Math.round(differenceMs / 1000);
  return [
    warning(
      "CLOCKS_DIFFER",
      "clock",
      `the database's is ${seconds} seconds ${at < before ? "behind" : "ahead of"} this machine's`,
      "Set both by NTP: times of verifications are compared with the database's clock.",
    ),
  ];
}

interface Seal {
  readonly is_sealed: boolean;
  readonly key_id: string | null;
  readonly check_value: string | null;
}

async function differingKeys(
  database: Queryable,
  schema: string,
  key: string | undefined,
  previousKey: string | undefined,
): Promise<Fault[]> {
  const { rows } = await database.query<Seal>(
    `select is_sealed, key_id, check_value from "${schema}".contact_sync_seal`,
  );
  const [seal] = rows;
  if (seal === undefined) return [];
  const object = `schema ${schema}`;
  if (key === undefined) {
    if (!seal.is_sealed) return [];
    const cure = "Set CONTACT_SYNC_KEY and ask again.";
    return [
      {
        ...warning("KEY_NOT_COMPARED", object, "it is sealed, and no key is set here", cure),
        severity: "note",
      },
    ];
  }
  if (!seal.is_sealed) {
    return [
      {
        ...warning(
          "UNSEALED_WITH_KEY",
          object,
          "it is recorded as unsealed, and a key is set: numbers lie open where sealed was meant",
          "Start with an empty schema, or leave the key out and know what that costs: docs/security.md.",
        ),
        severity: "unsafe",
      },
    ];
  }
  const { keyId } = keyCheck(parseKey(key));
  const given = [key, ...(previousKey === undefined ? [] : [previousKey])];
  const isOneOf = given
    .map((text) => keyCheck(parseKey(text)))
    .some((check) => seal.key_id === check.keyId && seal.check_value === check.checkValue);
  if (isOneOf) return [];
  return [
    warning(
      "KEY_MISMATCH",
      object,
      `it was sealed with the key ${seal.key_id}, not with ${keyId}`,
      "Set CONTACT_SYNC_KEY to the key that it was first used with, or to which rotate-key has changed it since.",
    ),
  ];
}

/** A change of the key that was begun and has not ended: perhaps it was interrupted. */
async function rotationUnderWay(database: Queryable, schema: string): Promise<Fault[]> {
  const { rows } = await database.query<RotationRow>(
    `select step, from_key_id, to_key_id, owners_left from "${schema}".contact_sync_rotation_state()`,
  );
  const [state] = rows;
  if (state === undefined || state.step === null) return [];
  const left = Number(state.owners_left ?? 0);
  const cure =
    "Run `contact-sync rotate-key` with both keys, unless it is running: it goes on from there.";
  return [
    {
      ...warning(
        "KEY_ROTATION",
        `schema ${schema}`,
        `the sealing key is being changed from ${state.from_key_id} to ${state.to_key_id}: ${STEPS[state.step]}, ${left} owners are left`,
        cure,
      ),
      severity: "note",
    },
  ];
}

interface RotationRow {
  readonly step: keyof typeof STEPS | null;
  readonly from_key_id: string;
  readonly to_key_id: string;
  readonly owners_left: string | null;
}

const STEPS = {
  directory: "the directory gets its second rows",
  books: "books are moved",
  remains: "what is left of the old key goes",
} as const;

function warning(code: string, object: string, problem: string, cure: string): Fault {
  return { code, severity: "warning", object, problem, cure, is_fixable: false };
}
