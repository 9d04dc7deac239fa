import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { moreConnections } from "../engine/more-connections.ts";
import type { OpenedEngine } from "../engine/open-engine.ts";
import { DeliveryCounts } from "../events/delivery-counts.ts";
import { outbox } from "../events/outbox.ts";
import { readWebhook, type Webhook } from "../events/webhook.ts";
import { type Log, type LogTarget, readLog } from "../jobs/log.ts";
import { startUpkeep } from "../jobs/upkeep.ts";
import { DELIVERY_CONNECTIONS, startWebhooks } from "../jobs/webhooks.ts";

export interface UpkeepOptions {
  /** Whom to tell of links; default nobody, and what is to be told waits for one who does. */
  readonly webhook?: WebhookSetting | undefined;
  /** Where its lines go: pino's logger, the console, or a function. Default: faults go to stderr. */
  readonly logger?: LogTarget | undefined;
}

export interface WebhookSetting {
  /** Where messages are posted to; https. */
  readonly url: string;
  /** What they are signed with: `whsec_` and 24 to 64 random bytes in base64. Each of several signs. */
  readonly secret: string | readonly string[];
  /** Whether the receiver may be inside of your network, and spoken to without TLS; default false. */
  readonly allowPrivate?: boolean | undefined;
}

/** What goes on behind the calls, until it is stopped. */
export interface Upkeep {
  /** Ends it when what is under way is done. May be called twice. */
  stop(): Promise<void>;
}

const OPTIONS: OptionNames<UpkeepOptions> = { webhook: true, logger: true };
const WEBHOOK: OptionNames<WebhookSetting> = { url: true, secret: true, allowPrivate: true };
const NAMES = {
  url: "webhook.url",
  secret: "webhook.secret",
  allowPrivate: "webhook.allowPrivate",
};

/** Starts upkeep, and delivery where there is a webhook, on an engine that ends it when it is closed. */
export async function startUpkeepOf(
  opened: OpenedEngine,
  options?: UpkeepOptions,
): Promise<Upkeep> {
  const given = readOptions<UpkeepOptions>(options, OPTIONS);
  const logger = readLog(given.logger);
  const webhook = given.webhook === undefined ? undefined : readSetting(given.webhook);
  opened.assertOpen();
  const ends: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= end();
    return stopped;
  };
  ends.push(async () => forget());
  const forget = opened.beforeClose(stop);
  try {
    if (webhook === undefined) await tellOfOutbox(opened, logger);
    else await startDelivery(opened, webhook, logger, ends);
    // While it began: what begins now, nothing would end.
    opened.assertOpen();
    ends.push(startUpkeep(opened.engine, logger));
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** On connections of its own: a receiver that does not answer keeps no call waiting. */
async function startDelivery(
  opened: OpenedEngine,
  webhook: Webhook,
  logger: Log,
  ends: (() => Promise<void>)[],
): Promise<void> {
  const connected = moreConnections(opened, DELIVERY_CONNECTIONS);
  if (connected === undefined) {
    throw new ContactSyncError(
      "INVALID_ARGUMENT",
      "webhooks are delivered on connections of their own: give createContactSync a connection string or a pg pool, or leave them to `contact-sync worker`",
    );
  }
  ends.push(connected.close);
  const { schema } = opened;
  ends.push(
    await startWebhooks({ ...connected, schema, webhook, logger, counts: new DeliveryCounts() }),
  );
}

async function tellOfOutbox({ engine }: OpenedEngine, logger: Log): Promise<void> {
  // With the database away, the jobs say so themselves, and go on when it is back.
  if (await outbox.isOn(engine.sql).catch(() => false)) {
    logger.info({}, "links are announced to a webhook; delivering them is left to others");
  }
}

function readSetting(setting: WebhookSetting): Webhook {
  const { url, secret, allowPrivate = false } = readOptions(setting, WEBHOOK, "webhook");
  const texts: Record<string, string | undefined> = {
    [NAMES.url]: String(url ?? "").trim(),
    [NAMES.secret]: [secret ?? []].flat().join(",") || undefined,
    [NAMES.allowPrivate]: String(allowPrivate),
  };
  const { webhook, faults } = readWebhook((name) => texts[name], NAMES);
  if (webhook !== undefined) return webhook;
  throw new ContactSyncError("INVALID_ARGUMENT", faults.join("; "));
}
