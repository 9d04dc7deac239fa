/** The rows of one statement. */
export interface Rows<Row> {
  readonly rows: Row[];
}

/** Anything that runs a statement: a `pg` pool or client, PGlite, a transaction of either. */
export interface Queryable {
  query<Row>(text: string, values?: unknown[]): Promise<Rows<Row>>;
}

/**
 * What the library needs of a database. A `pg` pool or client is wrapped by `toDatabase`; PGlite
 * already is one.
 */
export interface Database extends Queryable {
  /** Whether an argument may be what `pg` takes beside text: a Buffer, in the binary format. */
  readonly takesBinary?: boolean;
  /**
   * Runs work in one transaction, which commits when it returns and rolls back when it throws.
   * READ COMMITTED, the level that the functions demand.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
}
