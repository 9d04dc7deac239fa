import { readOptions } from "@contact-sync/client";
import { assertReady } from "../database/assert-ready.ts";
import { createSqlFunctions } from "../database/sql-functions.ts";
import { DeliveryCounts } from "../events/delivery-counts.ts";
import { startUpkeep } from "../jobs/upkeep.ts";
import { createServer } from "./app.ts";
import {
  cannotListen,
  type Installation,
  OPTIONS,
  openInstallation,
  type ServeOptions,
  startDelivery,
} from "./serve.ts";
import { readServiceConfiguration, type ServiceConfiguration } from "./service-configuration.ts";
import { withinPatience } from "./within.ts";
import { workerService } from "./worker-service.ts";

/** A running worker. */
export interface Worker {
  /** Where it tells how it is, such as `http://0.0.0.0:9090`; undefined: nowhere. */
  readonly address: string | undefined;
  /** Ends when what is under way is done, and closes the database. */
  stop(): Promise<void>;
}

/**
 * Does what `serve` does beside answering: upkeep, and the delivery of webhooks. As many as you like
 * may run, beside one another and beside services; with `CONTACT_SYNC_HEALTH_PORT` it tells there how
 * it is. It waits for the database that the environment names; ending the process on a signal is the
 * caller's.
 *
 * @throws ContactSyncError as `serve`
 * @example
 * const worker = await startWorker({ environment: process.env });
 * process.once("SIGTERM", () => worker.stop());
 */
export async function startWorker(options: ServeOptions): Promise<Worker> {
  const given = readOptions(options, OPTIONS);
  // It verifies nobody's token, and serves nothing that needs one.
  const service = readServiceConfiguration(given.environment, { needsTokens: false });
  const installation = await openInstallation(given, service);
  const { engine, logger, closers, stop } = installation;
  try {
    const deliveries = new DeliveryCounts();
    await startDelivery(installation, service, deliveries);
    const address = await listen(installation, service, deliveries);
    closers.push(startUpkeep(engine, logger));
    logger.info({ webhooks: service.webhook !== undefined }, "the worker has begun");
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(
  { configuration, logger, pool, watch, closers }: Installation,
  { healthPort, host, webhook }: ServiceConfiguration,
  deliveries: DeliveryCounts,
): Promise<string | undefined> {
  if (healthPort === undefined) return undefined;
  const app = createServer({ logger });
  await app.register(workerService, {
    watch: createSqlFunctions(watch, configuration.schema),
    pool,
    deliveries: webhook === undefined ? undefined : deliveries,
    checkReadiness: () => withinPatience(assertReady(watch, configuration.schema)),
  });
  closers.push(() => app.close());
  return app.listen({ port: healthPort, host }).catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(error, healthPort, host, "CONTACT_SYNC_HEALTH_PORT");
  });
}
