import fastifyPlugin from "fastify-plugin";
import type pg from "pg";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { DeliveryCounts } from "../events/delivery-counts.ts";
import { createMetrics } from "./metrics.ts";
import { observation } from "./plugins/observation.ts";
import { problems } from "./plugins/problems.ts";
import { stopping } from "./plugins/stopping.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { showSuspects } from "./suspect-metrics.ts";
import { showWebhooks } from "./webhook-metrics.ts";

const WATCH_KEPT_MS = 1_000;

export interface WorkerServiceOptions {
  /** For those who watch. */
  readonly watch: SqlFunctions;
  readonly pool: pg.Pool;
  /** Where there is a webhook. */
  readonly deliveries: DeliveryCounts | undefined;
  /** Whether the database answers and is migrated; rejects with what is wrong. */
  readonly checkReadiness: () => Promise<void>;
}

/** What a worker serves: how it is, as the service tells it, and nothing of anybody's contacts. */
export const workerService = fastifyPlugin<WorkerServiceOptions>(async (app, options) => {
  const { watch, pool, deliveries, checkReadiness } = options;
  const metrics = createMetrics({ sql: watch }, pool);
  showSuspects(metrics.registry, watch);
  if (deliveries !== undefined) showWebhooks(metrics.registry, watch, deliveries);

  await app.register(problems);
  await app.register(observation, { metrics });
  await app.register(stopping);
  await app.register(healthRoutes, { checkReadiness, keptMs: WATCH_KEPT_MS });
  await app.register(metricsRoute, { metrics, keptMs: WATCH_KEPT_MS });
});
