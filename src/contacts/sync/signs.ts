import type { HashedEntries } from "./hash-entries.ts";

/** What is seen of a call before it is hashed, for the budget and to judge it; absent: unknown. */
export interface Seen {
  /** Numbers that could not be read. */
  readonly rejected?: number | undefined;
  /** Numbers that were looked at, and those of them that have a near neighbour. */
  readonly numbers?: number | undefined;
  readonly neighbours?: number | undefined;
}

/** Of the entries of one call. Hashes show nothing. */
export function seenOf({ rejected, countNeighbours }: HashedEntries): Seen {
  return countNeighbours === undefined ? {} : { rejected: rejected.length, ...countNeighbours() };
}

/** Of one part and of another: all that was seen. */
export function seenOfBoth(one: Seen, other: Seen): Seen {
  const sum = (name: keyof Seen) =>
    other[name] === undefined ? one[name] : (one[name] ?? 0) + other[name];
  return { rejected: sum("rejected"), numbers: sum("numbers"), neighbours: sum("neighbours") };
}

/** As the database takes it (`p_signs`); null where nothing is known. */
export function toSigns(
  { accountCreatedAt }: { readonly accountCreatedAt: string | null },
  seen: Seen = {},
): string | null {
  const signs = { ...seen, account_created_at: accountCreatedAt ?? undefined };
  return Object.values(signs).every((value) => value === undefined) ? null : JSON.stringify(signs);
}
