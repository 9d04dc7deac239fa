import { type CellKind, cellKind, digitsIn } from "./cell-kind.ts";

/** Of the cells that say something so many must agree. */
export const NEARLY_ALL = 0.8;

/** Turkish mobile numbers have ten digits, without the zero before them. */
const MOBILE_DIGITS = 10;

/** What the cells of a column look like, taken together. Cells are of the file's beginning. */
export class ColumnContent {
  readonly #counts = new Map<CellKind, number>();
  readonly #cells: string[] = [];
  #withDigits = 0;
  #long = 0;
  #steps = 0;
  #last: number | undefined;

  add(cell: string): void {
    const kind = cellKind(cell);
    if (kind === "empty") {
      return;
    }
    this.#cells.push(cell);
    this.#counts.set(kind, this.#count(kind) + 1);
    this.#withDigits += digitsIn(cell.slice(0, 40)) >= 2 ? 1 : 0;
    this.#long += digitsIn(cell.slice(0, 40)) >= MOBILE_DIGITS ? 1 : 0;
    const value = /^\d{1,15}$/.test(cell.trim()) ? Number(cell) : undefined;
    this.#steps += value !== undefined && value - 1 === this.#last ? 1 : 0;
    this.#last = value;
  }

  /** Those that are not empty. */
  get cells(): readonly string[] {
    return this.#cells;
  }

  get #filled(): number {
    return this.#cells.length;
  }

  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** Nearly all could be telephone numbers: which postal codes and customers' numbers may, too. */
  looksLikeNumbers(options?: { besideMail?: boolean }): boolean {
    const others = options?.besideMail ? this.#count("mail") : 0;
    const numbers = this.#count("international", "digits");
    return numbers > 0 && numbers >= (this.#filled - others) * NEARLY_ALL && !this.#isCounting;
  }

  /** Telephone numbers beyond doubt, whatever stands above them: most are written with their `+`. */
  get isInternational(): boolean {
    return this.looksLikeNumbers() && this.#count("international") * 2 >= this.#filled;
  }

  /** The same of a column without a name. */
  get holdsInternational(): boolean {
    return this.looksLikeNumbers() && this.#count("international") > 0;
  }

  /** Beyond doubt something else than telephone numbers. */
  get isOther(): boolean {
    return this.holdsTimes || this.holdsFlags;
  }

  get holdsTimes(): boolean {
    return this.#filled > 0 && this.#count("date") >= this.#filled * NEARLY_ALL;
  }

  get holdsFlags(): boolean {
    return this.#filled > 0 && this.#count("truth") >= this.#filled * NEARLY_ALL;
  }

  get looksLikeMobiles(): boolean {
    return this.looksLikeNumbers() && this.#long >= this.#filled * NEARLY_ALL;
  }

  /** Whether somebody could take the column for numbers. */
  get hasDigits(): boolean {
    return this.#withDigits * 2 > this.#filled;
  }

  get couldBeNumbers(): boolean {
    return this.#count("international", "digits", "postal") * 2 > this.#filled;
  }

  /** Ids that were given one after another, each one more than the last. */
  get #isCounting(): boolean {
    return this.#filled > 2 && this.#steps >= (this.#filled - 1) / 2;
  }

  #count(...kinds: CellKind[]): number {
    return kinds.reduce((sum, kind) => sum + (this.#counts.get(kind) ?? 0), 0);
  }
}
