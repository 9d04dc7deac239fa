import { extname } from "node:path";
import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { isUuid } from "../input/arguments.ts";
import { parseTime } from "../input/time.ts";
import { decodeCell } from "./csv/csv-cells.ts";
import { readCsvRecords } from "./csv/csv-records.ts";
import { type DirectoryColumns, directoryColumns } from "./csv/directory-columns.ts";
import { adviceForDirectory } from "./foreign/not-a-directory.ts";
import { JsonFields } from "./ndjson/json-fields.ts";
import { readJsonLines } from "./ndjson/json-lines.ts";
import type { ByteStream } from "./text/byte-stream.ts";
import { peek } from "./text/peek.ts";
import { textBytes } from "./text/text-bytes.ts";
import { unreadableFile } from "./text/unreadable-file.ts";

/** A number that a user has verified. */
export interface DirectoryEntry {
  /** A UUID, in lower case. */
  readonly userId: string;
  /** In any notation. */
  readonly phone: string;
  /** Absent where the file does not say. */
  readonly verifiedAt?: Date;
  /** The line of the file, from 1. */
  readonly line: number;
}

export interface ReadDirectoryOptions {
  /** `.ndjson` and `.jsonl` decide where the content does not; absent for standard input. */
  readonly fileName?: string | undefined;
  /** Skips the detection. */
  readonly format?: "csv" | "ndjson" | undefined;
}

const OPTIONS: OptionNames<ReadDirectoryOptions> = { fileName: true, format: true };

/**
 * Reads users and their verified numbers in constant memory from CSV with a header or NDJSON:
 * `user_id` (also `user`, `id`), `phone` (also `number`, …) and, optionally, `verified_at`.
 *
 * Unlike an address book, a directory is written by a program: the first row that is not as it
 * should be ends the reading, so that nobody is linked by half.
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
  const { fileName = "", format } = readOptions(options, OPTIONS);
  if (format !== undefined && format !== "csv" && format !== "ndjson") {
    throw new ContactSyncError("INVALID_ARGUMENT", "format must be csv or ndjson");
  }
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
      yield entryOf(row);
    }
  } finally {
    await close();
  }
}

interface Row {
  readonly userId: string;
  readonly phone: string;
  readonly verifiedAt: string;
  readonly line: number;
}

async function* jsonRows(source: ByteStream): AsyncGenerator<Row, void, undefined> {
  for await (const { value, line } of readJsonLines(source)) {
    const fields = new JsonFields(value, line);
    yield {
      userId: fields.text("user_id", "userId", "user", "id") ?? "",
      phone: fields.phone() ?? "",
      verifiedAt: fields.text("verified_at", "verifiedAt") ?? "",
      line,
    };
  }
}

async function* csvRows(source: ByteStream): AsyncGenerator<Row, void, undefined> {
  let columns: DirectoryColumns | undefined;
  for await (const { cells, lineOf } of readCsvRecords(source)) {
    if (columns === undefined) {
      columns = directoryColumns(cells.map(decodeCell));
      continue;
    }
    yield {
      userId: decodeCell(cells[columns.userId]),
      phone: decodeCell(cells[columns.phone]),
      verifiedAt: columns.verifiedAt === undefined ? "" : decodeCell(cells[columns.verifiedAt]),
      line: lineOf(columns.phone),
    };
  }
}

function entryOf(row: Row): DirectoryEntry {
  const { line } = row;
  const userId = row.userId.trim().toLowerCase();
  const phone = row.phone.trim();
  const time = row.verifiedAt.trim();
  if (!isUuid(userId)) {
    throw unreadableFile(
      userId === "" ? "The user id is missing." : "The user id is not a UUID.",
      line,
    );
  }
  if (phone === "") {
    throw unreadableFile("The phone number is missing.", line);
  }
  if (time === "") {
    return { userId, phone, line };
  }
  const verifiedAt = parseTime(time);
  if (verifiedAt === undefined) {
    throw unreadableFile("verified_at is not an ISO 8601 time such as 2024-05-01T12:00:00Z.", line);
  }
  return { userId, phone, verifiedAt, line };
}
