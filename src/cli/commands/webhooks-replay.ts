import { type MessageState, outbox } from "../../events/outbox.ts";
import { assertUuid } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { counted } from "../terminal/text.ts";
import { withOutbox } from "./with-outbox.ts";

// As many as list_webhook_messages gives.
const MAX_LISTED = 100_000;

export const webhooksReplayCommand = defineCommand({
  usage: "replay",
  summary: "Have messages that failed delivered again, now.",
  description:
    "Those that were set aside, and those that wait for their next attempt; all of them, or the ones named. Each keeps its webhook-id. A running service delivers them. Exits with 3 where one that is named has not failed, or is not there.",
  examples: ["webhooks replay", "webhooks replay 5f4f7c8e-5a1f-4e0e-9d5b-3f0b3a1f3c57"],
  configure: (command) => command.argument("[messages...]", "ids, as webhooks list shows them"),
  async run(context, _options, ...operands) {
    const { printer } = context;
    const ids = [...new Set(operands.map((id, index) => assertUuid(id, `message ${index + 1}`)))];
    const [listed, replayed, state] = await withOutbox(context, async (sql) => [
      // Before: what is replayed may be delivered, and gone, at once.
      ids.length === 0 ? [] : await outbox.list(sql, null, MAX_LISTED),
      await outbox.replay(sql, ids.length === 0 ? null : ids),
      await outbox.state(sql),
    ]);
    const messages = new Map(listed.map((message) => [message.message_id, message]));
    const notFailed = ids.filter((id) => isUntried(messages.get(id)));
    const notThere = ids.filter((id) => !messages.has(id));
    printer.json({ replayed, not_failed: notFailed, not_there: notThere });
    printer.line(`${counted(replayed, "message")} to be delivered again.`);
    for (const id of notFailed) {
      printer.remark(`${id} has not failed: it is delivered without a replay.`);
    }
    const where = listed.length < MAX_LISTED ? "there" : "among the oldest 100,000";
    for (const id of notThere) {
      printer.remark(
        `${id} is not ${where}: it was delivered, or dropped after 30 days, or never was.`,
      );
    }
    const waiting = Number(state.waiting);
    if (ids.length === 0 && replayed === 0 && waiting > 0) {
      printer.remark(
        `None has failed. ${counted(waiting, "message waits", "messages wait")} to be delivered by a running service, without a replay.`,
      );
    }
    return replayed < ids.length ? EXIT.incomplete : EXIT.done;
  },
});

function isUntried(message: MessageState | undefined): boolean {
  return message?.last_failure === null && message.next_attempt_at !== null;
}
