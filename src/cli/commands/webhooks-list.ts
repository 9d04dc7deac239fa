import { type MessageState, outbox } from "../../events/outbox.ts";
import { invalid } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { counted, grouped } from "../terminal/text.ts";
import { withOutbox } from "./with-outbox.ts";

interface Options {
  setAside?: true;
  limit: number;
}

const HEADER = ["message", "type", "owners", "changed", "attempts", "last failure", "next attempt"];
// One less than list_webhook_messages gives.
const MAX_LIMIT = 99_999;
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
      .option("--limit <n>", "so many at most, 1 to 99,999", wholeNumber, 1000),
  async run(context, { setAside, limit }) {
    const { printer } = context;
    if (limit < 1 || limit > MAX_LIMIT) throw invalid("--limit must be from 1 to 99,999");
    const [found, state] = await withOutbox(context, async (sql) => [
      await outbox.list(sql, setAside ?? null, limit + 1), // one more tells whether there are more
      await outbox.state(sql),
    ]);
    const messages = found.slice(0, limit);
    const hasMore = found.length > limit;
    printer.json({ messages, has_more: hasMore });
    const waiting = Number(state.waiting);
    const count = setAside ? Number(state.set_aside) : waiting + Number(state.set_aside);
    if (messages.length === 0) printer.line(nothingListed(setAside === true, waiting));
    else {
      const [header = "", ...lines] = tableLines([HEADER, ...messages.map(cellsOf)], RIGHT);
      printer.line(printer.colors.bold(header));
      for (const line of lines) printer.line(line);
      if (hasMore) {
        printer.remark(
          `These are the oldest ${grouped(limit)} of ${grouped(count)}; --limit lists more.`,
        );
      }
    }
    return undefined;
  },
});

function nothingListed(isSetAside: boolean, waiting: number): string {
  if (!isSetAside) return "No message is left.";
  const others = waiting > 0 ? ` (${counted(waiting, "message")} waiting)` : "";
  return `No message is set aside${others}.`;
}

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
