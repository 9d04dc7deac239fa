declare module "drizzle-orm" {
  /** A column of a table, by the values that a row has there. */
  export interface Column<Value = unknown> {
    readonly name: string;
    readonly _: { readonly data: Value };
  }

  export interface SQL {
    readonly queryChunks: unknown[];
  }

  export function sql(text: TemplateStringsArray, ...values: unknown[]): SQL;

  export function inArray<Value>(column: Column<Value>, values: readonly Value[]): SQL;
}

declare module "drizzle-orm/pg-core" {
  import type { Column } from "drizzle-orm";

  /** A column as it is declared, by what is read there and what has to be written. */
  interface Builder<Read, Write> {
    notNull(): Builder<Exclude<Read, null>, Exclude<Write, null | undefined>>;
    primaryKey(): Builder<Exclude<Read, null>, Exclude<Write, null | undefined>>;
    default(value: Exclude<Read, null>): Builder<Read, Write | undefined>;
    /** Of timestamps. */
    defaultNow(): Builder<Read, Write | undefined>;
    readonly _: { readonly read: Read; readonly write: Write };
  }

  type Nullable<Value> = Builder<Value | null, Value | null | undefined>;
  type Builders = Record<
    string,
    { readonly _: { readonly read: unknown; readonly write: unknown } }
  >;

  export function boolean(name: string): Nullable<boolean>;
  export function timestamp(name: string, config: { withTimezone: boolean }): Nullable<Date>;
  export function uuid(name: string): Nullable<string>;

  type ColumnsOf<Of extends Builders> = {
    readonly [Name in keyof Of]: Column<Of[Name]["_"]["read"]>;
  };

  /** The names whose value a row that is inserted may leave out. */
  type Optional<Of extends Builders> = {
    [Name in keyof Of]: undefined extends Of[Name]["_"]["write"] ? Name : never;
  }[keyof Of];

  type RowOf<Of extends Builders> = {
    [Name in Exclude<keyof Of, Optional<Of>>]: Of[Name]["_"]["write"];
  } & { [Name in Optional<Of>]?: Of[Name]["_"]["write"] };

  export type Table<Row> = { readonly $inferInsert: Row };

  interface PrimaryKey {
    build(table: unknown): unknown;
  }

  export function primaryKey(config: { columns: Column[] }): PrimaryKey;

  export function pgSchema(name: string): {
    table<Of extends Builders>(
      name: string,
      columns: Of,
      extra?: (columns: ColumnsOf<Of>) => PrimaryKey[],
    ): ColumnsOf<Of> & Table<RowOf<Of>>;
  };
}

declare module "drizzle-orm/node-postgres" {
  import type { Column, SQL } from "drizzle-orm";
  import type { Table } from "drizzle-orm/pg-core";
  import type { Pool } from "pg";

  type Selected<Fields> = {
    [Name in keyof Fields]: Fields[Name] extends Column<infer Value> ? Value : never;
  };

  interface Select<Row> extends Promise<Row[]> {
    where(condition: SQL): Select<Row>;
  }

  interface Insert extends Promise<unknown> {
    onConflictDoUpdate(config: { target: Column[]; set: Record<string, SQL> }): Insert;
  }

  interface Transaction {
    select<Fields extends Record<string, Column>>(
      fields: Fields,
    ): { from(table: Table<unknown>): Select<Selected<Fields>> };
    insert<Row>(table: Table<Row>): { values(rows: Row[]): Insert };
  }

  export function drizzle(config: { client: Pool }): {
    transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  };
}
