import type { ReadColumns } from "../../readers/text/address-book-entry.ts";

/** How many columns are named to people; `--json` has them all. */
const COLUMNS_SHOWN = 20;

/**
 * Which columns of a file were read, and which of the others one could have expected among them:
 * `read from: Celular, Fone de casa; not read: CEP`.
 */
export function describeRead({ read, doubtful }: ReadColumns): string {
  const left = doubtful.length === 0 ? "" : `; not read: ${list(doubtful)}`;
  return `read from: ${list(read)}${left}`;
}

/** Of a file that goes on with other columns: what was read anywhere was read. */
export function together(one: ReadColumns, other: ReadColumns): ReadColumns {
  const read = [...new Set([...one.read, ...other.read])];
  const left = (of: (columns: ReadColumns) => readonly string[]) =>
    [...new Set([...of(one), ...of(other)])].filter((name) => !read.includes(name));
  return {
    read,
    notRead: left(({ notRead }) => notRead),
    doubtful: left(({ doubtful }) => doubtful),
  };
}

function list(names: readonly string[]): string {
  const more = names.length - COLUMNS_SHOWN;
  return names.slice(0, COLUMNS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
