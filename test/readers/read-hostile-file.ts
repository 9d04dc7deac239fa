// Reads one hostile file and says how that ended; run by hostile-files.test.ts in little memory.
import { isContactSyncError } from "@contact-sync/client";
import { readAddressBook } from "../../src/readers/detect.ts";
import { readDirectory } from "../../src/readers/directory.ts";
import { HOSTILE_FILES, type HostileFile } from "./hostile-files.ts";

/** Reads it to its end, or to where it is refused. */
export async function readHostileFile(
  { format, content }: HostileFile,
  count: number,
): Promise<string> {
  async function* bytes() {
    for (const text of content(count)) yield Buffer.from(text);
  }
  const entries =
    format === "directory"
      ? readDirectory(bytes(), { format: "csv" })
      : readAddressBook(bytes(), { format, onUnreadable: () => {} });
  try {
    let read = 0;
    for await (const _ of entries) read += 1;
    return `${read} entries`;
  } catch (error) {
    if (isContactSyncError(error) && error.code === "UNREADABLE_FILE") return error.message;
    throw error;
  }
}

const [format, name, megabytes] = process.argv.slice(2);
const found = HOSTILE_FILES.find((file) => file.format === format && file.name === name);
if (found !== undefined) {
  const one = Buffer.byteLength([...found.content(1000)].join("")) / 1000;
  console.log(await readHostileFile(found, Math.floor((Number(megabytes) * 1024 * 1024) / one)));
}
