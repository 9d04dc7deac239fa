import { extname } from "node:path";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { invalid, isUserText, isUuid } from "../input/arguments.ts";
import { parseTime } from "../input/time.ts";
import { decodeCell } from "./csv/csv-cells.ts";
import { readCsvRecords } from "./csv/csv-records.ts";
import { directoryColumns } from "./csv/directory-columns.ts";
import { adviceForDirectory } from "./foreign/not-a-directory.ts";
import { DirectoryFields } from "./ndjson/directory-fields.ts";
import { readJsonLines } from "./ndjson/json-lines.ts";
import type { ByteStream } from "./text/byte-stream.ts";
import { peek } from "./text/peek.ts";
import { textBytes } from "./text/text-bytes.ts";
import { unreadableFile } from "./text/unreadable-file.ts";

/** A number that a user has verified. */
export interface DirectoryEntry {
  /** A UUID in lower case; with `userIds: "text"` as it stands in the file. */
  readonly userId: string;
  /** In any notation. */
  readonly phone: string;
  /** Absent where the file does not say. */
  readonly verifiedAt?: Date;
  /** The line of the file, from 1. */
  readonly line: number;
}

/** Why a row of a directory gives no verified number, each with a sentence to act on. */
export const DIRECTORY_REASONS = {
  NO_PHONE: "The user has no phone number.",
  NOT_VERIFIED:
    "The number is not verified: the time of its verification is empty. Linked all the same, it could show the user to somebody else's friends.",
  INVALID_USER_ID:
    "The user's id is missing, or is not a UUID; where users are called by texts, has not 1 to 255 characters, or is a number from 2^53 on, which has to be a text.",
  INVALID_TIME:
    "The time of verification is not in ISO 8601, such as 2024-05-01T12:00:00Z, or lies more than a day ahead.",
} as const;

export type DirectoryReason = keyof typeof DIRECTORY_REASONS;

export interface LeftOutRow {
  /** The line of the file, from 1. */
  readonly line: number;
  readonly reason: DirectoryReason;
}

export interface ReadDirectoryOptions {
  /** `.ndjson` and `.jsonl` decide where the content does not; absent for standard input. */
  readonly fileName?: string | undefined;
  /** What users are called by: `uuid` (default), or `text`. */
  readonly userIds?: "uuid" | "text" | undefined;
  /** Skips the detection. */
  readonly format?: "csv" | "ndjson" | undefined;
  /** Called for each row that gives no verified number, while reading goes on behind it. */
  readonly onUnreadable?: ((row: LeftOutRow) => void) | undefined;
}

const OPTIONS: OptionNames<ReadDirectoryOptions> = {
  fileName: true,
  userIds: true,
  format: true,
  onUnreadable: true,
};

/**
 * Reads users and their verified numbers in constant memory from CSV with a header or NDJSON:
 * `user_id` (also `id`, `uid`, …), `phone` (also `phone_number`, `msisdn`, …) and, optionally, when
 * each was verified: `verified_at` (also `phone_confirmed_at`, …), or a flag such as
 * `phone_verified`. Without such a column all are verified; where it is there and empty, that number
 * is not.
 *
 * Without `onUnreadable`, the first row that is not as it should be ends the reading.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` with the line, never with what stands on it;
 *   `INVALID_ARGUMENT` for the options
 * @example
 * for await (const { userId, phone } of readDirectory(createReadStream("users.csv"))) {
 *   await contactsWithAccounts.link(userId, phone);
 * }
 */
export async function* readDirectory(
  source: ByteStream,
  options?: ReadDirectoryOptions,
): AsyncGenerator<DirectoryEntry, void, undefined> {
  const { fileName = "", userIds = "uuid", format, onUnreadable } = readOptions(options, OPTIONS);
  if (format !== undefined && format !== "csv" && format !== "ndjson") {
    throw new ContactSyncError("INVALID_ARGUMENT", "format must be csv or ndjson");
  }
  if (userIds !== "uuid" && userIds !== "text") throw invalid("userIds must be uuid or text");
  const { head, stream, close } = await peek(textBytes(source), 1024);
  try {
    const text = head.toString("latin1").trimStart();
    if (text === "") {
      throw unreadableFile("The file is empty.");
    }
    const advice = format === undefined ? adviceForDirectory(head, text, fileName) : undefined;
    if (advice !== undefined) {
      throw unreadableFile(advice);
    }
    const isJson = text.startsWith("{") || /^\.(?:ndjson|jsonl)$/i.test(extname(fileName));
    const rows = (format ?? (isJson ? "ndjson" : "csv")) === "ndjson" ? jsonRows : csvRows;
    for await (const row of rows(stream)) {
      const entry = entryOf(row, userIds);
      if (typeof entry !== "string") yield entry;
      else if (onUnreadable) onUnreadable({ line: row.line, reason: entry });
      else throw unreadableFile(DIRECTORY_REASONS[entry], row.line);
    }
  } finally {
    await close();
  }
}

interface Row {
  readonly userId: string;
  readonly phone: string;
  /** Undefined where nothing says when, or whether, numbers were verified. */
  readonly verifiedAt: string | undefined;
  readonly line: number;
}

async function* jsonRows(source: ByteStream): AsyncGenerator<Row, void, undefined> {
  const fields = new DirectoryFields();
  for await (const { value, line } of readJsonLines(source)) {
    yield { ...fields.read(value, line), line };
  }
}

async function* csvRows(source: ByteStream): AsyncGenerator<Row, void, undefined> {
  let columns: ReturnType<typeof directoryColumns> | undefined;
  for await (const { cells, lineOf } of readCsvRecords(source)) {
    if (columns === undefined) {
      columns = directoryColumns(cells.map(decodeCell));
      continue;
    }
    yield {
      userId: decodeCell(cells[columns.userId]),
      phone: decodeCell(cells[columns.phone]),
      verifiedAt:
        columns.verifiedAt === undefined ? undefined : decodeCell(cells[columns.verifiedAt]),
      line: lineOf(columns.phone),
    };
  }
}

// What the database takes: a time far ahead would hold a number against every later verification.
const MOST_AHEAD_MS = 24 * 60 * 60 * 1000;

function entryOf(row: Row, userIds: "uuid" | "text"): DirectoryEntry | DirectoryReason {
  const { line } = row;
  const written = withoutNull(row.userId);
  const userId = userIds === "text" && written !== "" ? row.userId : written.toLowerCase();
  const phone = withoutNull(row.phone);
  if (phone === "") return "NO_PHONE";
  if (!(userIds === "text" ? isUserText : isUuid)(userId)) return "INVALID_USER_ID";
  if (row.verifiedAt === undefined) return { userId, phone, line };
  const text = withoutNull(row.verifiedAt);
  if (text === "" || /^(?:false|f|no|n|0)$/i.test(text)) return "NOT_VERIFIED";
  if (/^(?:true|t|yes|y|1)$/i.test(text)) return { userId, phone, line };
  const verifiedAt = parseTime(text);
  if (verifiedAt === undefined || verifiedAt.getTime() > Date.now() + MOST_AHEAD_MS) {
    return "INVALID_TIME";
  }
  return { userId, phone, verifiedAt, line };
}

/** As PostgreSQL's COPY and dashboards write what is null. */
function withoutNull(text: string): string {
  return text.trim().replace(/^(?:null|\\N)$/i, "");
}
