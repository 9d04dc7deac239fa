import type { NamedUser, SqlFunctions } from "../database/sql-functions.ts";

/**
 * Writes the history's rows of failed syncs, in the background where it takes long: of one owner one
 * at a time, so that they hold one connection however many fail.
 */
export class FailureRecords {
  readonly #sql: SqlFunctions;
  /** By owner, as the app calls them, until all of theirs are written. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(sql: SqlFunctions) {
    this.#sql = sql;
  }

  /** Settles when it is written, or cannot be: the fault that it tells of is the one that counts. */
  write(owner: NamedUser, rest: () => readonly unknown[]): Promise<void> {
    const before = this.#last.get(owner.id) ?? Promise.resolve();
    const written = before
      .then(() =>
        this.#sql
          .naming([owner])
          .together((connected) =>
            connected.call("contact_sync_record_failure", [owner.uuid, ...rest()]),
          ),
      )
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        if (this.#last.get(owner.id) === written) this.#last.delete(owner.id);
      });
    this.#last.set(owner.id, written);
    return written;
  }

  /** Until all of an owner's are written; undefined where none is under way. */
  of(ownerId: string): Promise<void> | undefined {
    return this.#last.get(ownerId);
  }

  /** Until all are written. To be awaited before the connections end. */
  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
