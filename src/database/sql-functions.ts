import { isContactSyncError } from "@contact-sync/client";
import type { Database, Queryable } from "./database.ts";
import { toContactSyncError } from "./errors.ts";
import { withRetry } from "./retry.ts";
import { UuidArray } from "./uuid-array.ts";

/**
 * Calls our SQL functions in the schema they were installed in: one statement and one round trip a
 * call, done again where PostgreSQL made it give way, and errors as ours.
 */
export interface SqlFunctions {
  /** The one row of `select columns from function(arguments)`; `columns` is all of them unless given. */
  call<Row>(name: string, values: readonly unknown[], columns?: string): Promise<Row>;
  /** All its rows. */
  callForRows<Row>(name: string, values: readonly unknown[], columns?: string): Promise<Row[]>;
  /** Several calls that commit together. */
  together<Result>(work: (sql: SqlFunctions) => Promise<Result>): Promise<Result>;
  /**
   * The same for calls whose phone keys are of one key: refused with `KEY_ROTATION` where that is
   * another one than in force, and not done again here.
   *
   * @param ownerId whose book it must be that of; null for calls that concern the directory
   */
  sealedWith(record: KeyRecord, ownerId: string | null): SqlFunctions;
  /**
   * The same for calls that may store something of these users: what the app calls them is written
   * in the same statement, behind what it stores. Of a user whose id is the UUID there is nothing to
   * write.
   */
  naming(users: readonly NamedUser[]): SqlFunctions;
}

/** A user as the app calls them, and as the database does. */
export interface NamedUser {
  readonly id: string;
  readonly uuid: string;
}

/** What a database has recorded of its key; nulls of one that is unsealed. */
export interface KeyRecord {
  readonly keyId: string | null;
  readonly checkValue: string | null;
}

/** The key that calls are verified with, which may be changed while the process runs. */
export interface KeyInForce {
  readonly record: KeyRecord;
  /**
   * Asks the database which key is in force, unless somebody has since `used` was; whether that is
   * another one, and known.
   */
  renew(used: KeyRecord): Promise<boolean>;
}

/**
 * @param schema a name that `assertSchemaName` let pass
 * @param key verified with each call, before it does anything: another database may come to stand
 *   behind a connection. Absent only for the calls that read and record it.
 */
export function createSqlFunctions(
  database: Database,
  schema: string,
  key?: KeyInForce,
): SqlFunctions {
  // Set for good once the server turns out to have another default isolation level: then each call
  // begins its own transaction, which costs two round trips more. Calls under way when the first of
  // them finds that out each find it out for themselves.
  let mustBegin = false;
  const callOn = createCaller(schema, database.takesBinary === true);

  async function callOnce<Row>(
    conditions: Conditions,
    name: string,
    values: readonly unknown[],
    columns?: string,
  ): Promise<Row[]> {
    const run = (on: Queryable) => callOn<Row>(on, conditions, name, values, columns);
    const beginAndRun = () => withRetry(() => database.transaction(run));
    const began = mustBegin;
    try {
      return await (began ? beginAndRun() : withRetry(() => run(database)));
    } catch (error) {
      const known = toContactSyncError(error);
      if (began || known.code !== "UNSUPPORTED_ISOLATION_LEVEL") throw known;
      mustBegin = true;
      return beginAndRun().catch((again) => {
        throw toContactSyncError(again);
      });
    }
  }

  const togetherOnce = async <Result>(
    conditions: Conditions,
    work: (sql: SqlFunctions) => Promise<Result>,
  ) => {
    try {
      return await withRetry(() =>
        database.transaction((transaction) =>
          work(transactionFunctions(transaction, callOn, conditions)),
        ),
      );
    } catch (error) {
      throw toContactSyncError(error);
    }
  };

  /** Calls that have no phone keys say the same by any key: once more with the one in force. */
  const renewing: Verifying = async (work) => {
    if (key === undefined) return work();
    const { record } = key;
    try {
      return await work({ record, ownerId: null });
    } catch (error) {
      if (!mayBeAnotherKey(error) || !(await key.renew(record))) throw error;
      return work({ record: key.record, ownerId: null });
    }
  };

  const functions = (verifying: Verifying, names: Names | undefined): SqlFunctions => {
    const callForRows: SqlFunctions["callForRows"] = (name, values, columns) =>
      verifying((assertion) => callOnce({ assertion, names }, name, values, columns));
    return {
      callForRows,
      call: async (name, values, columns) => onlyRow(await callForRows(name, values, columns)),
      together: (work) => verifying((assertion) => togetherOnce({ assertion, names }, work)),
      sealedWith: (record, ownerId) => functions((work) => work({ record, ownerId }), names),
      naming: (users) => functions(verifying, namesOf(users)),
    };
  };
  return functions(renewing, undefined);
}

/** Does work with what its statements are verified with. */
type Verifying = <Result>(work: (assertion?: Assertion) => Promise<Result>) => Promise<Result>;

/** Of the errors that a change of the sealing key, or another database, can be behind. */
export function mayBeAnotherKey(error: unknown): boolean {
  return isContactSyncError(error) && ["KEY_ROTATION", "KEY_MISMATCH"].includes(error.code);
}

/** Which key a statement is verified with. */
interface Assertion {
  readonly record: KeyRecord;
  readonly ownerId: string | null;
}

/** What is written of users with a statement, place by place. */
interface Names {
  readonly uuids: readonly string[];
  readonly ids: readonly string[];
}

/** What a statement asks beside its call. */
interface Conditions {
  readonly assertion: Assertion | undefined;
  readonly names: Names | undefined;
}

function namesOf(users: readonly NamedUser[]): Names | undefined {
  const idOf = new Map(users.map(({ uuid, id }) => [uuid, id]));
  const named = [...idOf].filter(([uuid, id]) => uuid !== id);
  if (named.length === 0) return undefined;
  return { uuids: named.map(([uuid]) => uuid), ids: named.map(([, id]) => id) };
}

/** Inside a transaction: nothing is retried by itself, and errors keep their SQLSTATE until the end. */
function transactionFunctions(
  transaction: Queryable,
  callOn: Caller,
  conditions: Conditions,
): SqlFunctions {
  const callForRows = <Row>(name: string, values: readonly unknown[], columns?: string) =>
    callOn<Row>(transaction, conditions, name, values, columns);
  const withConditions = (other: Partial<Conditions>) =>
    transactionFunctions(transaction, callOn, { ...conditions, ...other });
  const sql: SqlFunctions = {
    callForRows,
    call: async (name, values, columns) => onlyRow(await callForRows(name, values, columns)),
    together: (work) => work(sql),
    sealedWith: (record, ownerId) => withConditions({ assertion: { record, ownerId } }),
    naming: (users) => withConditions({ names: namesOf(users) }),
  };
  return sql;
}

type Caller = ReturnType<typeof createCaller>;

function createCaller(schema: string, takesBinary: boolean) {
  const argument = (value: unknown) =>
    value instanceof UuidArray && !takesBinary ? value.toText() : value;
  return async <Row>(
    on: Queryable,
    { assertion, names }: Conditions,
    name: string,
    values: readonly unknown[],
    columns = "*",
  ): Promise<Row[]> => {
    const places = values.map((_, index) => `$${index + 1}`).join(", ");
    const call = `select ${columns} from "${schema}".${name}(${places})`;
    const sent = values.map(argument);
    const conditions: string[] = [];
    const ask = (condition: string, asked: readonly unknown[]) => {
      const at = asked.map((value) => `$${sent.push(value)}`);
      conditions.push(`"${schema}".${condition}(${at.join(", ")})`);
    };
    // A condition on nothing that is selected, which PostgreSQL asks once and first. (Where a call
    // must be all of its statement, as one that Citus delegates, the function itself has to take
    // the three and ask.)
    if (assertion !== undefined) {
      const { record, ownerId } = assertion;
      ask("contact_sync_verify_key", [record.keyId, record.checkValue, ownerId]);
    }
    // It is volatile, so it is asked of the row that the call has come to.
    if (names !== undefined) ask("contact_sync_name_users", [names.uuids, names.ids]);
    const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
    return (await on.query<Row>(call + where, sent)).rows;
  };
}

function onlyRow<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("a function that returns one row returned none");
  return row;
}
