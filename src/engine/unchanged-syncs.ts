import type { SqlFunctions } from "../database/sql-functions.ts";

const EVERY_MS = 60_000;

/**
 * Counts the syncs that changed nothing, and adds them to their day's total at most once a minute: a
 * row of each would cost more than the sync itself.
 */
export class UnchangedSyncs {
  readonly #sql: SqlFunctions;
  readonly #everyMs: number;
  /** By day (UTC), until they are written. */
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(sql: SqlFunctions, everyMs = EVERY_MS) {
    this.#sql = sql;
    this.#everyMs = everyMs;
  }

  count(): void {
    this.#add(new Date().toISOString().slice(0, 10), 1);
    this.#timer ??= setTimeout(() => this.#write(), this.#everyMs).unref();
  }

  /** Until all are written, or can't be. To be awaited before the connections end. */
  async settled(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#timer);
    this.#write();
    await this.#writing;
  }

  #add(day: string, count: number): void {
    this.#counts.set(day, (this.#counts.get(day) ?? 0) + count);
  }

  #write(): void {
    this.#timer = undefined;
    const counted = [...this.#counts];
    this.#counts.clear();
    const writes = counted.map(([day, count]) => this.#writeOne(day, count));
    this.#writing = Promise.all([this.#writing, ...writes]).then(() => {});
  }

  async #writeOne(day: string, count: number): Promise<void> {
    try {
      await this.#sql.call("contact_sync_count_unchanged", [day, count]);
    } catch {
      // The database is away: with those of the next minute that has any.
      this.#add(day, count);
    }
  }
}
