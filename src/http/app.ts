import { randomUUID } from "node:crypto";
import { MAX_REQUEST_BYTES } from "@contact-sync/client";
import helmet from "@fastify/helmet";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import type pg from "pg";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";
import type { DeliveryCounts } from "../events/delivery-counts.ts";
import type { PublicKeys } from "../security/public-keys.ts";
import type { VerifyToken } from "../security/verify-token.ts";
import { answerClientError } from "./client-error.ts";
import { showPublicKeys } from "./key-metrics.ts";
import { createMetrics } from "./metrics.ts";
import { authentication, ownerOnly, serviceOnly } from "./plugins/authentication.ts";
import { compressedAnswers } from "./plugins/compressed-answers.ts";
import { compressedBodies } from "./plugins/compressed-bodies.ts";
import { crossOrigin } from "./plugins/cross-origin.ts";
import { documentation } from "./plugins/documentation.ts";
import { idempotency } from "./plugins/idempotency.ts";
import { jsonBodies } from "./plugins/json-bodies.ts";
import { observation } from "./plugins/observation.ts";
import { endOfTurn, ownerTurns } from "./plugins/owner-turns.ts";
import { pressure } from "./plugins/pressure.ts";
import { answerProblem, problems } from "./plugins/problems.ts";
import { addressLimit, ownerLimit, type RateLimits } from "./plugins/rate-limits.ts";
import { stopping } from "./plugins/stopping.ts";
import { validation } from "./plugins/validation.ts";
import { beginSessionRoute } from "./routes/begin-session.ts";
import { bulkInsertRoute, NDJSON } from "./routes/bulk-insert.ts";
import { commitSessionRoute } from "./routes/commit-session.ts";
import { deleteContactRoute } from "./routes/delete-contact.ts";
import { deleteContactsRoute } from "./routes/delete-contacts.ts";
import { eraseUserRoute } from "./routes/erase-user.ts";
import { estimateRoute } from "./routes/estimate.ts";
import { favoriteRoutes } from "./routes/favorite.ts";
import { forgetDeviceRoute } from "./routes/forget-device.ts";
import { healthRoutes } from "./routes/health.ts";
import { interactionRoute } from "./routes/interaction.ts";
import { linkPhoneRoute } from "./routes/link-phone.ts";
import { listChangesRoute } from "./routes/list-changes.ts";
import { listContactsRoute } from "./routes/list-contacts.ts";
import { listDevicesRoute } from "./routes/list-devices.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { sessionPartRoute } from "./routes/session-part.ts";
import { statisticsRoute } from "./routes/statistics.ts";
import { statusRoute } from "./routes/status.ts";
import { summaryRoute } from "./routes/summary.ts";
import { syncRoute } from "./routes/sync.ts";
import { syncDeltaRoute } from "./routes/sync-delta.ts";
import { unlinkPhoneRoute } from "./routes/unlink-phone.ts";
import { showWebhooks } from "./webhook-metrics.ts";

// Node's own default, which Fastify turns off.
const REQUEST_BODY_MS = 300_000;
// An app on a phone seldom waits longer, and asks again.
const TURN_MS = 10_000;
// Those who watch ask every few seconds.
const WATCH_KEPT_MS = 1_000;

export interface AppOptions {
  readonly engine: Engine;
  readonly verifyToken: VerifyToken;
  /** For the metrics, where tokens are verified by such. */
  readonly publicKeys?: PublicKeys | undefined;
  /** For the metrics, where there is a webhook. */
  readonly deliveries?: DeliveryCounts | undefined;
  readonly logger: FastifyBaseLogger;
  readonly limits: RateLimits;
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
  /** Seconds that a connection may be idle between two requests; default Fastify's 72. */
  readonly keepAliveSeconds?: number | undefined;
  /** How late the event loop may be before requests are turned away; default 1,000, 0: never. */
  readonly maxEventLoopDelayMs?: number | undefined;
  /** Origins whose pages may call; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Addresses of proxies in front, whose X-Forwarded-For is believed. */
  readonly trustProxy?: string[] | undefined;
}

/** The REST service, top to bottom. It listens when the caller says so. */
export async function createApp(options: AppOptions) {
  const { engine, verifyToken, limits, requestSeconds } = options;
  const { watch = engine.sql, watchKeptMs: keptMs = WATCH_KEPT_MS } = options;
  const metrics = createMetrics({ sql: watch }, options.pool);
  if (options.publicKeys !== undefined) showPublicKeys(metrics.registry, options.publicKeys);
  if (options.deliveries !== undefined) showWebhooks(metrics.registry, watch, options.deliveries);
  const app = fastify({
    loggerInstance: options.logger,
    // Our own line names the route's pattern, for the path names a phone hash.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "request_id",
    }),
    // Never the client's: whatever it sends would be written into our log.
    genReqId: () => randomUUID(),
    bodyLimit: MAX_REQUEST_BYTES,
    trustProxy: options.trustProxy ?? false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    // A body that stops coming holds up nobody for ever; a million streamed contacts take less.
    requestTimeout: REQUEST_BODY_MS,
    ...(options.keepAliveSeconds === undefined
      ? {}
      : { keepAliveTimeout: options.keepAliveSeconds * 1000 }),
    // Fastify's own would log the packet.
    clientErrorHandler: (fault, socket) => answerClientError(fault, socket, options.logger),
    // A path that cannot be decoded reaches no route, and with it no plugin; Fastify's own answer
    // would quote it.
    frameworkErrors(fault, request, reply) {
      reply.header("x-request-id", request.id);
      answerProblem(fault, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Fastify reads texts too; no endpoint here takes one.
  app.removeContentTypeParser("text/plain");

  await app.register(validation);
  await app.register(problems);
  await app.register(observation, { metrics });
  await app.register(stopping);
  await app.register(jsonBodies);
  await app.register(compressedBodies, { streamedTypes: [NDJSON] });
  await app.register(compressedAnswers);
  // Nearly every answer is JSON, and most are small: what only says something of pages is left out.
  // The pages of the documentation have a policy of their own.
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
  await app.register(documentation);

  await app.register(healthRoutes, { checkReadiness: options.checkReadiness, keptMs });
  await app.register(metricsRoute, { metrics, keptMs });

  await app.register(
    async (api) => {
      await api.register(pressure, { maxDelayMs: options.maxEventLoopDelayMs });
      await api.register(addressLimit, { limits });
      await api.register(authentication, { verifyToken });
      await api.register(ownerLimit, { limits });
      await api.register(ownerTurns, {
        engine,
        limits: {
          atOnce: options.ownerConnections ?? 0,
          waitMs: Math.min(TURN_MS, requestSeconds * 1000),
        },
      });
      await api.register(idempotency, { engine, renewals: watch });
      await api.register(endOfTurn);
      api.addHook("onSend", async (_request, reply) => {
        reply.header("cache-control", "no-store");
      });

      // Anybody signed in; an owner sees their own.
      await api.register(estimateRoute, { engine });
      await api.register(statisticsRoute, { engine });

      await api.register(async (owner) => {
        await owner.register(ownerOnly);
        await owner.register(syncRoute, { engine, metrics });
        await owner.register(syncDeltaRoute, { engine, metrics });
        await owner.register(beginSessionRoute, { engine });
        await owner.register(sessionPartRoute, { engine });
        await owner.register(commitSessionRoute, { engine, metrics });
        await owner.register(listChangesRoute, { engine });
        await owner.register(listDevicesRoute, { engine });
        await owner.register(forgetDeviceRoute, { engine });
        await owner.register(listContactsRoute, { engine });
        await owner.register(statusRoute, { engine });
        await owner.register(summaryRoute, { engine });
        await owner.register(favoriteRoutes, { engine });
        await owner.register(interactionRoute, { engine });
        await owner.register(deleteContactRoute, { engine });
        await owner.register(deleteContactsRoute, { engine });
      });

      await api.register(async (service) => {
        await service.register(serviceOnly);
        await service.register(bulkInsertRoute, { engine, metrics });
        await service.register(linkPhoneRoute, { engine });
        await service.register(unlinkPhoneRoute, { engine });
        await service.register(eraseUserRoute, { engine });
      });
    },
    { prefix: "/api/v1" },
  );
  return app;
}
