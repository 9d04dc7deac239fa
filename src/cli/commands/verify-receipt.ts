import { readFile } from "node:fs/promises";
import { ContactSyncError, type ReceiptKeys } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { parseKey } from "../../security/key.ts";
import { createReceipts, verifyReceipt } from "../../security/receipt.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { openInput } from "../files/input.ts";
import { counted, quotable, visible } from "../terminal/text.ts";

interface Options {
  keys?: string;
}

// Some hundred characters; what is longer is no receipt.
const MAX_RECEIPT_BYTES = 65_536;
const FETCH_MS = 10_000;

export const verifyReceiptCommand = defineCommand<Options>({
  usage: "verify-receipt",
  summary: "Verify the receipt of an erasure, and print what it says.",
  description:
    "Against the keys of an installation, or else those of CONTACT_SYNC_KEY and CONTACT_SYNC_PREVIOUS_KEY. No database is asked.",
  examples: [
    "verify-receipt receipt.jws --keys https://contacts.example/.well-known/contact-sync-receipts",
  ],
  configure: (command) =>
    command
      .argument("<file>", "the receipt; - is standard input")
      .option("--keys <file>", "the installation's keys: a file, or its address"),
  async run(context, { keys }, file = "") {
    const { io, printer } = context;
    const input = await openInput(file, io);
    let receipt = "";
    for await (const bytes of input.bytes()) {
      receipt += bytes.toString("latin1");
      if (receipt.length > MAX_RECEIPT_BYTES) break;
    }
    const says = await verifyReceipt(receipt, await readKeys(keys, context));
    printer.json(says);
    const { removed } = says;
    printer.line(`Valid. Erased: user ${visible(says.user_id)}, ${says.erased_at}`);
    printer.line(`  by the installation ${says.installation}`);
    printer.line(
      `  ${counted(removed.contacts_deleted, "contact")}, ` +
        `${counted(removed.phones_unlinked, "number")} in the directory, ` +
        `${counted(removed.given_links_removed, "given link")}, ` +
        `${counted(removed.runs_folded, "sync")}`,
    );
    return undefined;
  },
});

async function readKeys(
  source: string | undefined,
  { configuration, withDatabase }: CommandContext,
): Promise<ReceiptKeys> {
  if (source === undefined) {
    const key = configuration.key ?? (await withDatabase(async (database) => database.key));
    if (key === undefined) {
      throw new ContactSyncError(
        "KEY_REQUIRED",
        `neither --keys nor CONTACT_SYNC_KEY is given. ${ERRORS.KEY_REQUIRED.cure}`,
      );
    }
    const { previousKey } = configuration;
    const previous = previousKey === undefined ? undefined : parseKey(previousKey);
    return (await createReceipts(parseKey(key), previous)).keys;
  }
  try {
    return JSON.parse(
      await (/^https?:\/\//i.test(source) ? fetched(source) : readFile(source, "utf8")),
    );
  } catch (cause) {
    throw new ContactSyncError("UNREADABLE_FILE", `${quotable(source)} can't be read as keys`, {
      cause,
    });
  }
}

async function fetched(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}
