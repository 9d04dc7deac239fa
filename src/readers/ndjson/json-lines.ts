import type { ByteStream } from "../text/byte-stream.ts";
import { type Line, LineSplitter } from "../text/line-splitter.ts";
import { textBytes } from "../text/text-bytes.ts";
import { decodeUtf8 } from "../text/text-encoding.ts";
import { unreadableFile } from "../text/unreadable-file.ts";

/** One value of a file with a JSON value a line. */
export interface JsonLine {
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

// A contact is some hundred bytes: a longer line is a whole JSON document.
const MAX_LINE_BYTES = 64 * 1024;

/**
 * Reads NDJSON (JSON Lines) in constant memory; empty lines are skipped.
 *
 * @throws ContactSyncError `UNREADABLE_FILE` with the line, never with what stands on it
 */
export async function* readJsonLines(
  source: ByteStream,
): AsyncGenerator<JsonLine, void, undefined> {
  const lines = new LineSplitter(MAX_LINE_BYTES);
  for await (const chunk of textBytes(source)) {
    for (const line of lines.push(chunk)) {
      const text = textOf(line);
      if (text !== "") {
        yield { value: parseJson(text, line.number), line: line.number };
      }
    }
  }
  for (const line of lines.end()) {
    const text = textOf(line);
    if (text !== "") {
      yield { value: parseJson(text, line.number), line: line.number };
    }
  }
}

function textOf(line: Line): string {
  if (line.bytes.length === 0) {
    return "";
  }
  if (line.tooLong) {
    throw unreadableFile(
      "The line is longer than 64 KB; NDJSON has one JSON value a line.",
      line.number,
    );
  }
  const text = decodeUtf8(line.bytes);
  if (text === undefined) {
    throw unreadableFile("The line is not UTF-8.", line.number);
  }
  return text.trim();
}

function parseJson(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadableFile("The line is not a JSON value; NDJSON has one a line.", line);
  }
}
