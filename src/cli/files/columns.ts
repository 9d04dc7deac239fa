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

function list(names: readonly string[]): string {
  const more = names.length - COLUMNS_SHOWN;
  return names.slice(0, COLUMNS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
