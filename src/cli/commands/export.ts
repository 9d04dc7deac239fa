import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { ContactSyncError } from "@contact-sync/client";
import { defineCommand } from "../command.ts";
import { user } from "../option-values.ts";
import { quotable } from "../terminal/text.ts";

interface Options {
  output?: string;
}

export const exportCommand = defineCommand<Options>({
  usage: "export",
  summary: "Write all that is held about a user, as JSON.",
  description:
    "To standard output, or to a file that only you may read. Numbers are phone hashes. A file is there when it is whole, or not at all.",
  examples: ["export 970dabb7-2bcc-441a-a93c-a4a756f72cee --output user.json"],
  configure: (command) =>
    command
      .argument("<user>", "what the app calls the user")
      .option("--output <file>", "writes it there"),
  async run({ io, printer, configuration, withContactSync }, { output }, operand = "") {
    const userId = user(configuration, operand, "the user");
    const draft = output === undefined ? undefined : await openDraft(output);
    try {
      await withContactSync(async ({ contactSync }) => {
        const pieces = await contactSync.exportUser(userId, { signal: io.signal });
        await pipeline(pieces, draft?.stream() ?? io.stdout, {
          // Standard output stays open for whoever writes to it next.
          end: draft !== undefined,
        });
      });
      await draft?.keep();
    } finally {
      await draft?.drop();
    }
    if (output !== undefined) printer.remark(`Written to ${quotable(output)}.`);
    return undefined;
  },
});

/** A file beside the one that is meant, which takes its name when it is whole. */
async function openDraft(output: string) {
  // A device or a folder would be replaced by the file, or only fail to be when all is written.
  const there = await stat(output).catch(() => undefined);
  if (there !== undefined && !there.isFile()) {
    throw unwritable(output, ": it is there, and no file");
  }
  const name = `${output}.${randomBytes(6).toString("hex")}`;
  let handle: FileHandle;
  try {
    handle = await open(name, "wx", 0o600);
  } catch (cause) {
    throw unwritable(output, "", cause);
  }
  return {
    stream: () => handle.createWriteStream({ flush: true }),
    async keep() {
      await rename(name, output).catch((cause) => {
        throw unwritable(output, "", cause);
      });
    },
    async drop() {
      await handle.close().catch(() => {});
      await rm(name, { force: true });
    },
  };
}

function unwritable(output: string, why: string, cause?: unknown): ContactSyncError {
  const message = `${quotable(output)} can't be written${why}`;
  return new ContactSyncError("UNREADABLE_FILE", message, { cause });
}
