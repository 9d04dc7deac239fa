import { Counter, Gauge, type Registry } from "prom-client";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { DeliveryCounts } from "../events/delivery-counts.ts";
import { type OutboxState, outbox } from "../events/outbox.ts";
import { sharedAnswer } from "./shared-answer.ts";
import { withinPatience } from "./within.ts";

/** What `/metrics` shows of webhooks: what waits in the outbox, and how delivering goes. */
export function showWebhooks(registry: Registry, sql: SqlFunctions, counts: DeliveryCounts): void {
  const registers = [registry];
  // Gauges are collected all at once, so that they show one answer.
  const state = sharedAnswer(() => withinPatience(outbox.state(sql)).catch(() => undefined), 0);
  const gaugeOfOutbox = (name: string, field: keyof OutboxState, help: string) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        // NaN while the database is away
        this.set(Number((await state())?.[field]));
      },
    });
  gaugeOfOutbox(
    "contact_sync_webhook_messages_waiting",
    "waiting",
    "Messages for the webhook that are not delivered yet, counted up to 100,000.",
  );
  gaugeOfOutbox(
    "contact_sync_webhook_oldest_seconds",
    "oldest_seconds",
    "Age of the oldest of them; 0 without any.",
  );
  gaugeOfOutbox(
    "contact_sync_webhook_messages_set_aside",
    "set_aside",
    "Messages for the webhook that were given up, counted up to 100,000.",
  );
  new Counter({
    name: "contact_sync_webhook_deliveries_total",
    help: "Attempts of this process to deliver, by the answer's class (2xx is delivered) or why there was none.",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of counts.entries()) this.inc({ result }, count);
    },
  });
}
