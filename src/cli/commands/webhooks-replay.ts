import { outbox } from "../../events/outbox.ts";
import { assertUuid } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { counted } from "../terminal/text.ts";
import { withOutbox } from "./with-outbox.ts";

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
    const replayed = await withOutbox(context, (sql) =>
      outbox.replay(sql, ids.length === 0 ? null : ids),
    );
    printer.json({ replayed });
    printer.line(`${counted(replayed, "message")} to be delivered again.`);
    return replayed < ids.length ? EXIT.incomplete : EXIT.done;
  },
});
