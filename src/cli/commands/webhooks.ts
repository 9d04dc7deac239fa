import { outbox } from "../../events/outbox.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/text.ts";
import { webhooksListCommand } from "./webhooks-list.ts";
import { webhooksReplayCommand } from "./webhooks-replay.ts";
import { webhooksSendTestCommand } from "./webhooks-send-test.ts";
import { withOutbox } from "./with-outbox.ts";

export const webhooksCommand = defineCommand({
  usage: "webhooks",
  summary: "Show how it stands with what the app's back end is told.",
  description:
    "Messages are written where a service was started with CONTACT_SYNC_WEBHOOK_URL, and are delivered by it. docs/webhooks.md says more.",
  examples: ["webhooks", "webhooks list", "webhooks replay", "webhooks send-test"],
  subcommands: [webhooksListCommand, webhooksReplayCommand, webhooksSendTestCommand],
  async run(context) {
    const { printer } = context;
    const [isOn, state] = await withOutbox(context, async (sql) => [
      await outbox.isOn(sql),
      await outbox.state(sql),
    ]);
    const waiting = Number(state.waiting);
    const setAside = Number(state.set_aside);
    const oldestSeconds = Number(state.oldest_seconds);
    printer.json({ enabled: isOn, waiting, oldest_seconds: oldestSeconds, set_aside: setAside });
    printer.line(isOn ? "Links are announced." : "Links are not announced: nothing is written.");
    const age =
      waiting > 0 ? `, the oldest for ${counted(Math.round(oldestSeconds), "second")}` : "";
    printer.line(
      `${counted(waiting, "message")} waiting${age}; ${counted(setAside, "message")} set aside.`,
    );
    return undefined;
  },
});
