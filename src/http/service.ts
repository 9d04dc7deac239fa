import helmet from "@fastify/helmet";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type pg from "pg";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";
import type { DeliveryCounts } from "../events/delivery-counts.ts";
import type { PublicKeys } from "../security/public-keys.ts";
import { api } from "./api.ts";
import { showPublicKeys } from "./key-metrics.ts";
import { createMetrics } from "./metrics.ts";
import type { VerifyCaller } from "./plugins/authentication.ts";
import { compressedAnswers } from "./plugins/compressed-answers.ts";
import { compressedBodies } from "./plugins/compressed-bodies.ts";
import { crossOrigin } from "./plugins/cross-origin.ts";
import { jsonBodies } from "./plugins/json-bodies.ts";
import { observation } from "./plugins/observation.ts";
import { problems } from "./plugins/problems.ts";
import type { AddressOf, RateLimits } from "./plugins/rate-limits.ts";
import { stopping } from "./plugins/stopping.ts";
import { validation } from "./plugins/validation.ts";
import { NDJSON } from "./routes/bulk-insert.ts";
import { healthRoutes } from "./routes/health.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { receiptKeysRoute } from "./routes/receipt-keys.ts";
import { showSuspects } from "./suspect-metrics.ts";
import { showWebhooks } from "./webhook-metrics.ts";

// Those who watch ask every few seconds.
const WATCH_KEPT_MS = 1_000;

export interface ServiceOptions {
  readonly engine: Engine;
  readonly verifyToken: VerifyCaller;
  /** For the metrics, where tokens are verified by such. */
  readonly publicKeys?: PublicKeys | undefined;
  /** For the metrics, where there is a webhook. */
  readonly deliveries?: DeliveryCounts | undefined;
  readonly limits: RateLimits;
  /** Where a request comes from, undefined where nobody knows; default its connection. */
  readonly addressOf?: AddressOf | undefined;
  /**
   * On connections that no request can keep busy: for those who watch, and to renew the claims of
   * requests. Default the engine's.
   */
  readonly watch?: SqlFunctions | undefined;
  /** For the metrics; undefined where the engine has a database of another kind. */
  readonly pool?: pg.Pool | undefined;
  /** Whether the database answers and is migrated; rejects with what is wrong. */
  readonly checkReadiness: () => Promise<void>;
  /** Seconds that a call of the database may take; so long a request waits for its turn, at most. */
  readonly requestSeconds: number;
  /** Requests of one owner that are worked on at once; default 0: no limit. */
  readonly ownerConnections?: number | undefined;
  /** How long /readyz and /metrics give an answer to whoever asks; default 1,000. */
  readonly watchKeptMs?: number | undefined;
  /** How late the event loop may be before requests are turned away; default 1,000, 0: never. */
  readonly maxEventLoopDelayMs?: number | undefined;
  /** Origins whose pages may call; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** What is served beside the API; default all of it. */
  readonly shows?: Partial<Shows> | undefined;
}

/** What is served beside the API, where somebody mounts it in a server of their own. */
export interface Shows {
  /** `/docs` and `/openapi.json`. */
  readonly documentation: boolean;
  /** `/metrics`, which anybody may read. */
  readonly metrics: boolean;
  /** `/`, which says what runs here. */
  readonly frontPage: boolean;
  /** `/dashboard`, the operator's page. */
  readonly dashboard: boolean;
}

const SHOWS_ALL: Shows = {
  documentation: true,
  metrics: true,
  frontPage: true,
  dashboard: true,
};

/** All that is served, in whatever Fastify it is registered: what holds for every request, top to bottom. */
export const service: FastifyPluginAsyncTypebox<ServiceOptions> = async (app, options) => {
  const { engine } = options;
  const shows = { ...SHOWS_ALL, ...options.shows };
  const { watch = engine.sql, watchKeptMs: keptMs = WATCH_KEPT_MS } = options;
  const metrics = createMetrics({ sql: watch }, options.pool, { ofProcess: shows.metrics });
  showSuspects(metrics.registry, watch);
  if (options.publicKeys !== undefined) showPublicKeys(metrics.registry, options.publicKeys);
  if (options.deliveries !== undefined) showWebhooks(metrics.registry, watch, options.deliveries);

  await app.register(validation, engine);
  await app.register(problems);
  await app.register(observation, { metrics });
  await app.register(stopping);
  await app.register(jsonBodies);
  await app.register(compressedBodies, { streamedTypes: [NDJSON] });
  await app.register(compressedAnswers);
  // Nearly every answer is JSON, and most are small: what only says something of pages is left out.
  // Pages have policies of their own.
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    crossOriginOpenerPolicy: false,
    dnsPrefetchControl: false,
    ieNoOpen: false,
    originAgentCluster: false,
    permittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  await app.register(crossOrigin, { origins: options.corsOrigins ?? [] });
  // Loaded by whoever shows them: they read files of their own, which a bundle may not have.
  if (shows.documentation) {
    await app.register((await import("./plugins/documentation.ts")).documentation, engine);
  }
  if (shows.frontPage) {
    await app.register((await import("./plugins/front-page.ts")).frontPagePlugin);
  }
  if (shows.dashboard) {
    await app.register((await import("./plugins/dashboard.ts")).dashboard);
  }

  await app.register(healthRoutes, { checkReadiness: options.checkReadiness, keptMs });
  if (shows.metrics) await app.register(metricsRoute, { metrics, keptMs });
  await app.register(receiptKeysRoute, { engine });

  await app.register(api, { ...options, metrics, watch, prefix: "/api/v1" });
};
