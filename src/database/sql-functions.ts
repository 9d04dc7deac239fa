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
}

/** What a database has recorded of its key; nulls of one that is unsealed. */
export interface KeyRecord {
  readonly keyId: string | null;
  readonly checkValue: string | null;
}

/**
 * @param schema a name that `assertSchemaName` let pass
 * @param key verified with each call, before it does anything: another database may come to stand
 *   behind a connection. Absent only for the calls that record it.
 */
export function createSqlFunctions(
  database: Database,
  schema: string,
  key?: KeyRecord,
): SqlFunctions {
  // Set for good once the server turns out to have another default isolation level: then each call
  // begins its own transaction, which costs two round trips more. Calls under way when the first of
  // them finds that out each find it out for themselves.
  let mustBegin = false;
  const callOn = createCaller(schema, database.takesBinary === true, key);

  async function callForRows<Row>(
    name: string,
    values: readonly unknown[],
    columns?: string,
  ): Promise<Row[]> {
    const run = (on: Queryable) => callOn<Row>(on, name, values, columns);
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

  return {
    callForRows,
    call: async (name, values, columns) => onlyRow(await callForRows(name, values, columns)),
    together: async (work) => {
      try {
        return await withRetry(() =>
          database.transaction((transaction) => work(transactionFunctions(transaction, callOn))),
        );
      } catch (error) {
        throw toContactSyncError(error);
      }
    },
  };
}

/** Inside a transaction: nothing is retried by itself, and errors keep their SQLSTATE until the end. */
function transactionFunctions(transaction: Queryable, callOn: Caller): SqlFunctions {
  const callForRows = <Row>(name: string, values: readonly unknown[], columns?: string) =>
    callOn<Row>(transaction, name, values, columns);
  const sql: SqlFunctions = {
    callForRows,
    call: async (name, values, columns) => onlyRow(await callForRows(name, values, columns)),
    together: (work) => work(sql),
  };
  return sql;
}

type Caller = ReturnType<typeof createCaller>;

function createCaller(schema: string, takesBinary: boolean, key?: KeyRecord) {
  const argument = (value: unknown) =>
    value instanceof UuidArray && !takesBinary ? value.toText() : value;
  return async <Row>(
    on: Queryable,
    name: string,
    values: readonly unknown[],
    columns = "*",
  ): Promise<Row[]> => {
    const places = values.map((_, index) => `$${index + 1}`).join(", ");
    const call = `select ${columns} from "${schema}".${name}(${places})`;
    const sent = values.map(argument);
    if (key === undefined) return (await on.query<Row>(call, sent)).rows;
    // A condition on nothing that is selected, which PostgreSQL asks once and first. (Where a call
    // must be all of its statement, as one that Citus delegates, the function itself has to take
    // the two and ask.)
    const { rows } = await on.query<Row>(
      `${call} where "${schema}".contact_sync_verify_key($${sent.length + 1}, $${sent.length + 2})`,
      [...sent, key.keyId, key.checkValue],
    );
    return rows;
  };
}

function onlyRow<Row>(rows: Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("a function that returns one row returned none");
  return row;
}
