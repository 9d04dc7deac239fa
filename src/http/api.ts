import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Engine } from "../engine/engine.ts";
import type { Metrics } from "./metrics.ts";
import {
  authentication,
  ownerOnly,
  serviceOnly,
  type VerifyCaller,
} from "./plugins/authentication.ts";
import { idempotency } from "./plugins/idempotency.ts";
import { onBehalf } from "./plugins/on-behalf.ts";
import { endOfTurn, ownerTurns } from "./plugins/owner-turns.ts";
import { pressure } from "./plugins/pressure.ts";
import {
  type AddressOf,
  addressLimit,
  ownerLimit,
  type RateLimits,
} from "./plugins/rate-limits.ts";
import { figureRoutes } from "./routes/admin-figures.ts";
import { installationRoutes } from "./routes/admin-installation.ts";
import { userRoutes } from "./routes/admin-users.ts";
import { webhookRoutes } from "./routes/admin-webhooks.ts";
import { beginSessionRoute } from "./routes/begin-session.ts";
import { blockRoutes } from "./routes/blocks.ts";
import { bulkInsertRoute } from "./routes/bulk-insert.ts";
import { commitSessionRoute } from "./routes/commit-session.ts";
import { deleteContactRoute } from "./routes/delete-contact.ts";
import { deleteContactsRoutes } from "./routes/delete-contacts.ts";
import { discoverabilityRoutes } from "./routes/discoverability.ts";
import { eraseUserRoute } from "./routes/erase-user.ts";
import { estimateRoute } from "./routes/estimate.ts";
import { exportOwnRoute, exportUserRoute } from "./routes/export-user.ts";
import { favoriteRoutes } from "./routes/favorite.ts";
import { forgetDeviceRoute } from "./routes/forget-device.ts";
import { forgetNumberRoutes } from "./routes/forget-number.ts";
import { interactionRoute } from "./routes/interaction.ts";
import { linkPhoneRoute } from "./routes/link-phone.ts";
import { listChangesRoute } from "./routes/list-changes.ts";
import { listContactsRoute } from "./routes/list-contacts.ts";
import { listDevicesRoute } from "./routes/list-devices.ts";
import { retentionRoute } from "./routes/retention.ts";
import type { CountedRoute, Route } from "./routes/route.ts";
import { sessionPartRoute } from "./routes/session-part.ts";
import { statisticsRoute } from "./routes/statistics.ts";
import { statusRoute } from "./routes/status.ts";
import { summaryRoute } from "./routes/summary.ts";
import { suspectRoutes } from "./routes/suspects.ts";
import { syncRoute } from "./routes/sync.ts";
import { syncDeltaRoute } from "./routes/sync-delta.ts";
import { unlinkPhoneRoute } from "./routes/unlink-phone.ts";

// An app on a phone seldom waits longer, and asks again.
const TURN_MS = 10_000;

export interface ApiOptions {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly verifyToken: VerifyCaller;
  readonly limits: RateLimits;
  /** Where a request comes from, undefined where nobody knows; default its connection. */
  readonly addressOf?: AddressOf | undefined;
  /** On connections that no request can keep busy: to renew the claims of requests. */
  readonly watch: SqlFunctions;
  /** Seconds that a call of the database may take; so long a request waits for its turn, at most. */
  readonly requestSeconds: number;
  /** Requests of one owner that are worked on at once; default 0: no limit. */
  readonly ownerConnections?: number | undefined;
  /** How late the event loop may be before requests are turned away; default 1,000, 0: never. */
  readonly maxEventLoopDelayMs?: number | undefined;
}

/** Everything under `/api/v1`: who may come in, and the endpoints by who may call them. */
export const api: FastifyPluginAsyncTypebox<ApiOptions> = async (api, options) => {
  const { engine, metrics, verifyToken, limits, watch, requestSeconds } = options;
  await api.register(pressure, { maxDelayMs: options.maxEventLoopDelayMs });
  await api.register(addressLimit, { limits, addressOf: options.addressOf });
  await api.register(authentication, { verifyToken, users: engine.users });
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
    await owner.register(ownerRoutes, { engine, metrics });
    await owner.register(exportOwnRoute, { engine, prefix: "/me" });
    await owner.register(choiceRoutes, { engine, prefix: "/me" });
  });
  await api.register(async (service) => {
    await service.register(serviceOnly);
    await service.register(serviceRoutes, { engine, metrics });
    await service.register(installationRoutes, { engine, limits });
  });
  // All that a user may, and their export is among the routes of the back end.
  await api.register(
    async (behalf) => {
      await behalf.register(onBehalf);
      await behalf.register(estimateRoute, { engine });
      await behalf.register(statisticsRoute, { engine });
      await behalf.register(ownerRoutes, { engine, metrics });
      await behalf.register(choiceRoutes, { engine });
    },
    { prefix: "/users/:userId" },
  );
};

/** What a user does with their own book. */
const ownerRoutes: CountedRoute = async (app, { engine, metrics }) => {
  await app.register(syncRoute, { engine, metrics });
  await app.register(syncDeltaRoute, { engine, metrics });
  await app.register(beginSessionRoute, { engine });
  await app.register(sessionPartRoute, { engine });
  await app.register(commitSessionRoute, { engine, metrics });
  await app.register(listChangesRoute, { engine });
  await app.register(listDevicesRoute, { engine });
  await app.register(forgetDeviceRoute, { engine });
  await app.register(listContactsRoute, { engine });
  await app.register(statusRoute, { engine });
  await app.register(summaryRoute, { engine });
  await app.register(favoriteRoutes, { engine });
  await app.register(interactionRoute, { engine });
  await app.register(deleteContactRoute, { engine });
  await app.register(deleteContactsRoutes, { engine });
};

/** What a user decides of themselves. */
const choiceRoutes: Route = async (app, { engine }) => {
  await app.register(discoverabilityRoutes, { engine });
  await app.register(blockRoutes, { engine });
};

/** What only the app's back end may. */
const serviceRoutes: CountedRoute = async (app, { engine, metrics }) => {
  await app.register(bulkInsertRoute, { engine, metrics });
  await app.register(linkPhoneRoute, { engine });
  await app.register(unlinkPhoneRoute, { engine });
  await app.register(eraseUserRoute, { engine });
  await app.register(exportUserRoute, { engine });
  await app.register(forgetNumberRoutes, { engine });
  await app.register(retentionRoute, { engine });
  await app.register(suspectRoutes, { engine });
  await app.register(figureRoutes, { engine });
  await app.register(webhookRoutes, { engine });
  await app.register(userRoutes, { engine });
};
