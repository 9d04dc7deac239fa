import { type MessageState, outbox } from "../../events/outbox.ts";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { withOutbox } from "./with-outbox.ts";

interface Options {
  setAside?: true;
  limit: number;
}

const HEADER = ["message", "type", "owners", "changed", "attempts", "last failure", "next attempt"];
const RIGHT = new Set([2, 4]);

export const webhooksListCommand = defineCommand<Options>({
  usage: "list",
  summary: "List messages that were not delivered yet, oldest first.",
  description:
    "With what the receiver answered last, and when it is tried again; after three days a message is set aside, until it is replayed. Nobody whom a message is about is shown.",
  examples: ["webhooks list", "webhooks list --set-aside --json"],
  configure: (command) =>
    command
      .option("--set-aside", "only those that are not tried again by themselves")
      .option("--limit <n>", "so many at most", wholeNumber, 1000),
  async run(context, { setAside, limit }) {
    const { printer } = context;
    const messages = await withOutbox(context, (sql) => outbox.list(sql, setAside ?? null, limit));
    printer.json({ messages });
    if (messages.length === 0) printer.line("No message is left.");
    else {
      const [header = "", ...lines] = tableLines([HEADER, ...messages.map(cellsOf)], RIGHT);
      printer.line(printer.colors.bold(header));
      for (const line of lines) printer.line(line);
    }
    return undefined;
  },
});

function cellsOf(message: MessageState): string[] {
  const { message_id, type, owners, changed_at, attempts, last_failure, next_attempt_at } = message;
  return [
    message_id,
    type,
    String(owners),
    changed_at.toISOString(),
    String(attempts),
    last_failure ?? "–",
    next_attempt_at === null ? "set aside" : next_attempt_at.toISOString(),
  ];
}
