import { ContactSyncError } from "@contact-sync/client";
import type { ReadColumns } from "../text/address-book-entry.ts";
import { unreadableFile } from "../text/unreadable-file.ts";
import { looksLikeNumber } from "./cell-kind.ts";
import { ColumnContent } from "./column-content.ts";
import { columnWords, foldedName } from "./column-name.ts";
import { describeColumns, isSomebodys, shownNames } from "./header-row.ts";
import { type NumberParts, numberParts } from "./number-parts.ts";
import { isMixedWithMail, type NameKind, nameKind } from "./phone-columns.ts";

/** What of a CSV file's rows is read. Positions are from 0. */
export interface Layout {
  readonly hasHeader: boolean;
  /** In the order of their positions. */
  readonly phones: readonly PhoneColumn[];
  /** Where Google's labels stand, one of which is a favourite's; in their order. */
  readonly labels: readonly number[];
  readonly columns: ReadColumns;
}

export interface PhoneColumn extends NumberParts {
  readonly position: number;
}

/**
 * Decides which columns hold telephone numbers, by their names and by what they hold.
 *
 * @param rows the beginning of the file, its header included
 * @param wanted names, or positions from 1, that are to be read whatever they look like
 * @throws ContactSyncError `UNREADABLE_FILE` where there is no such column; `INVALID_ARGUMENT` where
 *   a wanted one is missing
 */
export function layoutOf(
  rows: readonly (readonly string[])[],
  wanted?: readonly (string | number)[],
): Layout {
  const table = new Table(rows);
  const hasHeader = wanted === undefined ? table.hasHeader : table.hasHeaderAbove(wanted);
  const read = wanted === undefined ? table.phones(hasHeader) : table.wanted(wanted);
  if (read.length === 0) {
    throw unreadableFile(
      `There is no column of phone numbers. ${describeColumns(table.first)} Give the column a name ` +
        'such as "Phone" or "Mobile" in the first row, or say which it is: --columns takes names ' +
        "and positions, and so does the library's option columns.",
    );
  }
  return table.layout(read, hasHeader);
}

class Table {
  readonly first: readonly string[];
  readonly #width: number;
  readonly #kinds: readonly NameKind[];
  /** Without the first row. */
  readonly #contents: readonly ColumnContent[];

  constructor(rows: readonly (readonly string[])[]) {
    this.first = rows[0] ?? [];
    this.#width = Math.max(...rows.map((row) => row.length));
    this.#kinds = this.first.map(nameKind);
    this.#contents = Array.from({ length: this.#width }, () => new ColumnContent());
    for (const row of rows.slice(1)) {
      this.#add(row);
    }
  }

  #add(row: readonly string[]): void {
    for (const [column, cell] of row.entries()) {
      this.#contents[column]?.add(cell);
    }
  }

  /** Whether the first row are names: a number or an e-mail address among them is somebody's. */
  get hasHeader(): boolean {
    return this.#hasNamedNumbers || (!this.#startsWithData && this.#named().length > 0);
  }

  get #hasNamedNumbers(): boolean {
    return this.#kinds.some(
      (kind, column) => kind === "phone" && this.#contents[column]?.looksLikeNumbers(),
    );
  }

  get #startsWithData(): boolean {
    return this.first.some(isSomebodys);
  }

  hasHeaderAbove(wanted: readonly (string | number)[]): boolean {
    const isNumber = (column: string | number) =>
      typeof column === "number" && looksLikeNumber(this.first[column - 1] ?? "");
    return (
      !wanted.some(isNumber) &&
      (wanted.some((one) => typeof one === "string") || this.hasHeader || !this.#startsWithData)
    );
  }

  wanted(wanted: readonly (string | number)[]): number[] {
    return [...new Set(wanted.flatMap((column) => this.#find(column)))].sort((a, b) => a - b);
  }

  #find(column: string | number): number[] {
    if (typeof column === "number") {
      if (column > this.#width) {
        throw missing(`number ${column}`, `The file has ${this.#width}.`);
      }
      return [column - 1];
    }
    const found = this.first.flatMap((name, at) =>
      foldedName(name) === foldedName(column) ? [at] : [],
    );
    if (found.length === 0) {
      throw missing(`"${column}"`, describeColumns(this.first));
    }
    return found;
  }

  phones(hasHeader: boolean): number[] {
    if (hasHeader) {
      return this.#named();
    }
    if (this.#width === 1 && looksLikeNumber(this.first[0] ?? "")) {
      return [0];
    }
    if (!this.#startsWithData) {
      return [];
    }
    this.#add(this.first);
    return this.#columns((content) => content.holdsInternational);
  }

  #named(): number[] {
    const hasPhone =
      this.#columns((content, column) => this.#kinds[column] === "phone" && !content.isOther)
        .length > 0;
    const read = new Set(this.#columns((_, column) => this.#isRead(column, hasPhone)));
    const places = this.#columns((_, column) => this.#kinds[column] === "place");
    // An empty "Other" among columns that are read, as in Yahoo's exports: the next page may have it.
    for (const column of places.length > 1 ? [...places, ...places.toReversed()] : []) {
      if (this.#contents[column]?.isEmpty && (read.has(column - 1) || read.has(column + 1))) {
        read.add(column);
      }
    }
    return [...read].sort((a, b) => a - b);
  }

  #isRead(column: number, hasPhone: boolean): boolean {
    const content = this.#contents[column] as ColumnContent;
    if (content.isInternational) {
      return true;
    }
    switch (this.#kinds[column]) {
      case "phone":
        // Where nothing else is read, "1" is a bad number rather than a flag, and told as one.
        return !content.holdsTimes && !(content.holdsFlags && hasPhone);
      case "place":
        return content.looksLikeNumbers();
      case "perhaps":
        return content.looksLikeNumbers({
          besideMail: isMixedWithMail(this.first[column] ?? ""),
        });
      case "number":
        return !hasPhone && (this.#width === 1 || content.isEmpty || content.looksLikeNumbers());
      case "cep":
        return content.looksLikeMobiles;
      default:
        return false;
    }
  }

  #columns(test: (content: ColumnContent, column: number) => boolean | undefined): number[] {
    return this.#contents.flatMap((content, column) => (test(content, column) ? [column] : []));
  }

  layout(read: readonly number[], hasHeader: boolean): Layout {
    const header = hasHeader ? this.first : [];
    const parts = numberParts(header, read, (column) => this.#contents[column]?.cells ?? []);
    const used = new Set([
      ...read,
      ...[...parts.values()].flatMap(({ callingCode, areaCode }) => [callingCode, areaCode]),
    ]);
    const left = this.#columns((_, column) => !used.has(column));
    const isCertain = read.some((column) => this.#contents[column]?.looksLikeNumbers());
    const names = shownNames(header, this.#width, hasHeader && isCertain);
    const named = (columns: readonly number[]) => columns.map((column) => names[column] as string);
    return {
      hasHeader,
      phones: read.map((position) => ({ position, ...parts.get(position) })),
      labels: labelColumns(header),
      columns: {
        read: named(this.#columns((_, column) => used.has(column))),
        notRead: named(left),
        doubtful: named(left.filter((column) => this.#isDoubtful(column))),
      },
    };
  }

  /** Whether somebody could miss the column among those that are read. */
  #isDoubtful(column: number): boolean {
    const content = this.#contents[column] as ColumnContent;
    const kind = this.#kinds[column] ?? "unknown";
    if (content.isEmpty) {
      return false;
    }
    return (
      content.couldBeNumbers ||
      (kind !== "unknown" && content.hasDigits) ||
      ((kind === "phone" || kind === "about") && content.isOther)
    );
  }
}

function labelColumns(header: readonly string[]): number[] {
  return header.flatMap((name, position) =>
    /^(?:labels|group membership)$/.test(columnWords(name).join(" ")) ? [position] : [],
  );
}

function missing(column: string, found: string): ContactSyncError {
  const message = `columns: there is no column ${column}. ${found}`;
  return new ContactSyncError("INVALID_ARGUMENT", message);
}
