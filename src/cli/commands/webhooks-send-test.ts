import { randomUUID } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { post } from "../../events/post.ts";
import { readWebhook, type Webhook } from "../../events/webhook.ts";
import type { Environment } from "../../process/configuration.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { counted } from "../terminal/text.ts";

export const webhooksSendTestCommand = defineCommand({
  usage: "send-test",
  summary: "Send a signed test message and say what came back.",
  description:
    "Once, of the type webhooks.test, to CONTACT_SYNC_WEBHOOK_URL as the service would: without a database, and under the same rules. Exits with 1 where it was not taken.",
  examples: ["webhooks send-test"],
  async run({ io, printer }) {
    const webhook = configuredWebhook(io.environment);
    const id = randomUUID();
    const body = JSON.stringify({
      type: "webhooks.test",
      timestamp: new Date().toISOString(),
      data: {},
    });
    const start = io.now();
    const { status, failure } = await post(webhook, { id, body });
    const milliseconds = Math.round(io.now() - start);
    printer.json({ message_id: id, delivered: failure === null, status, failure, milliseconds });
    const { origin } = webhook.url; // the rest may hold a secret
    const answer = status === null ? MEANINGS[failure ?? ""] : `it answered ${status}`;
    printer.line(
      `${failure === null ? "Delivered" : "Not delivered"} to ${origin}: ${answer} (${counted(milliseconds, "millisecond")}).`,
    );
    return failure === null ? EXIT.done : EXIT.failed;
  },
});

const MEANINGS: Record<string, string> = {
  timeout: "there was no answer within 10 seconds",
  unreachable: "nobody listens there, or no way leads there",
  no_answer: "the connection ended without an answer",
  unknown_host: "its name is not known",
  certificate: "its certificate is not valid, or it does not speak TLS",
  refused_address:
    "its name leads to an address inside your network, which takes CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE=true",
};

function configuredWebhook(environment: Environment): Webhook {
  const { webhook, faults } = readWebhook((name) => environment[name]?.trim() || undefined);
  if (webhook !== undefined && faults.length === 0) return webhook;
  const [fault = "CONTACT_SYNC_WEBHOOK_URL is not set", ...more] = faults;
  throw new ContactSyncError("INVALID_CONFIGURATION", [fault, ...more].join("\n  "));
}
