import { type ReadPhoneOptions, tryReadPhone } from "../../directory/read-phone.ts";
import { readDirectory } from "../../readers/directory.ts";
import type { UserIdKind } from "../../security/user-ids.ts";
import type { Input } from "../files/input.ts";
import type { LeftOut } from "../files/left-out.ts";

/** A number of a file that may be linked. */
export interface LinkableNumber {
  readonly userId: string;
  readonly phoneHash: string;
  readonly verifiedAt?: Date | undefined;
  readonly line: number;
}

/** What else is in the file. */
export interface LinkableFile {
  /** Rows that are not as they should be. */
  readonly rejected: LeftOut;
  /** Users of a table of users who have no number, or have not verified it. */
  readonly skipped: LeftOut;
}

const SKIPPED = new Set(["NO_PHONE", "NOT_VERIFIED"]);

/** Reads the numbers of a file as phone hashes; what can't be linked is entered in `file`. */
export async function* readLinkable(
  input: Input,
  { userIds, ...options }: ReadPhoneOptions & { readonly userIds: UserIdKind },
  file: LinkableFile,
): AsyncGenerator<LinkableNumber, void, undefined> {
  const rows = readDirectory(input.bytes(), {
    fileName: input.fileName,
    userIds,
    onUnreadable: ({ line, reason }) =>
      (SKIPPED.has(reason) ? file.skipped : file.rejected).add(line, reason),
  });
  for await (const { userId, phone, verifiedAt, line } of rows) {
    const read = tryReadPhone(phone, options);
    if (read.ok) yield { userId, phoneHash: read.phoneHash, verifiedAt, line };
    else file.rejected.add(line, read.reason);
  }
}

/**
 * Leaves out numbers that several users have with the same time, or with none: which of them it
 * belongs to would be a guess. Where the times differ, the newest counts.
 */
export function withoutConflicts(
  chunk: readonly LinkableNumber[],
  { rejected }: LinkableFile,
): LinkableNumber[] {
  const claims = new Map<string, string>();
  const conflicts = new Set<string>();
  const claimOf = ({ phoneHash, verifiedAt }: LinkableNumber) =>
    `${phoneHash} ${verifiedAt?.getTime() ?? ""}`;
  for (const number of chunk) {
    const claim = claimOf(number);
    const userId = claims.get(claim);
    if (userId === undefined) claims.set(claim, number.userId);
    else if (userId !== number.userId) conflicts.add(claim);
  }
  return chunk.filter((number) => {
    if (!conflicts.has(claimOf(number))) return true;
    rejected.add(number.line, "SEVERAL_USERS");
    return false;
  });
}
