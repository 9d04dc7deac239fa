import { generateKey } from "../../security/key.ts";
import { defineCommand } from "../command.ts";

export const generateKeyCommand = defineCommand({
  usage: "generate-key",
  summary: "Print a new sealing key for CONTACT_SYNC_KEY.",
  description:
    "A database is sealed with the first key it is used with. Keep it with your other secrets: without it, nobody in the database can be found again.",
  examples: ["generate-key", "generate-key > contact-sync.key && chmod 600 contact-sync.key"],
  async run({ printer }) {
    const key = generateKey();
    printer.line(key);
    printer.json({ key });
    printer.remark("Set it as CONTACT_SYNC_KEY; it cannot be recovered from the database.");
    return undefined;
  },
});
