import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Engine } from "../engine/engine.ts";
import { type DeliverOptions, deliver } from "../events/deliver.ts";
import type { DeliveryCounts } from "../events/delivery-counts.ts";
import { type JobQueue, openJobQueue } from "../events/job-queue.ts";
import { type DueMessage, outbox } from "../events/outbox.ts";
import type { Webhook } from "../events/webhook.ts";
import type { Log } from "./log.ts";
import { repeat } from "./upkeep.ts";

// Soon enough for "Aylin is here now"; one look at an index that is nearly always empty.
const FEED_EVERY_MS = 500;
// While more wait than the queue takes at once.
const FEED_AGAIN_MS = 100;
const TIDY_EVERY_MS = 600_000;
// A job that nobody has begun by then is lost, or far behind others: its message gets it anew.
const HANDED_OVER_SECONDS = 60;
// Of a schema, a table or a function that is not there: somebody dropped the queue's.
const GONE = ["3F000", "42P01", "42883"];

/** One hears of new jobs; what a delivery asks takes a millisecond of its time. */
export const DELIVERY_CONNECTIONS = { max: 4, patienceMs: 3_000, waiting: 100 };

export interface WebhooksOptions {
  /** On connections that no request keeps busy, nor keeps busy those of requests. */
  readonly engine: Engine;
  /** The same connections. */
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly webhook: Webhook;
  readonly logger: Log;
  readonly counts: DeliveryCounts;
  readonly delivery?: DeliverOptions | undefined;
  readonly handedOverSeconds?: number | undefined;
}

/**
 * Delivers what is in the outbox: moves messages that are due into the queue, whoever wrote them and
 * by which face, and has its workers send them. Turns writing to the outbox on.
 *
 * @returns stops it, when what is under way is done
 * @throws ContactSyncError `INVALID_CONFIGURATION` where the queue's schema can't be made
 */
export async function startWebhooks(options: WebhooksOptions): Promise<() => Promise<void>> {
  const { engine, pool, schema, logger } = options;
  const handedOverSeconds = options.handedOverSeconds ?? HANDED_OVER_SECONDS;
  const work = (message: DueMessage) => deliverAndTell(options, message);
  await outbox.turnOn(engine.sql);
  let queue: JobQueue | undefined;
  const opened = async (): Promise<JobQueue> => {
    if (queue !== undefined) return queue;
    const fresh = await openJobQueue({ pool, schema, work });
    queue = fresh;
    // It is opened again by the next turn.
    fresh.ended.then(() => {
      if (queue === fresh) queue = undefined;
    });
    return fresh;
  };

  const feed = async (isStopped: () => boolean) => {
    const current = await opened();
    try {
      for (;;) {
        const room = await current.room();
        if (room === 0) return;
        const due = await outbox.takeDue(engine.sql, room, handedOverSeconds);
        await current.add(due);
        if (due.length < room || isStopped()) return;
        await delay(FEED_AGAIN_MS);
      }
    } catch (error) {
      if (GONE.includes(String((error as { code?: unknown }).code))) await current.stop();
      throw error;
    }
  };

  await opened();
  const stops = [
    repeat("webhooks", FEED_EVERY_MS, feed, logger),
    repeat("webhook jobs", TIDY_EVERY_MS, async () => queue?.tidy(), logger),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    await queue?.stop();
  };
}

/** Never rejects: the outbox decides what is done again. */
async function deliverAndTell(
  { engine, webhook, logger, counts, delivery: options }: WebhooksOptions,
  due: DueMessage,
): Promise<void> {
  const { message_id, attempt } = due;
  try {
    const delivery = await deliver(engine, webhook, due, options);
    if (delivery === undefined) return;
    const { outcome, end } = delivery;
    counts.add(outcome);
    const { failure } = outcome;
    if (failure === null) return;
    const level = end === "set_aside" ? "error" : "warn";
    logger[level](
      { message_id, attempt, failure },
      end === "set_aside"
        ? "a webhook message was set aside; `contact-sync webhooks replay` sends it again"
        : "a webhook message was not delivered; it is tried again",
    );
  } catch (error) {
    logger.warn(
      { message_id, attempt, code: (error as { code?: unknown }).code },
      "the database took no note of a webhook message; it is tried again",
    );
  }
}
