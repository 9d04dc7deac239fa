import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import type { FastifyBaseLogger } from "fastify";
import pg from "pg";
import { assertReady } from "../database/assert-ready.ts";
import { awaitDatabase } from "../database/await-database.ts";
import type { Database } from "../database/database.ts";
import { serverSentence } from "../database/errors.ts";
import { limitedPool } from "../database/limited-pool.ts";
import { createSqlFunctions } from "../database/sql-functions.ts";
import { readOrCreateJwtSecret } from "../embedded/data-folder-jwt-secret.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open-engine.ts";
import { DeliveryCounts } from "../events/delivery-counts.ts";
import { outbox } from "../events/outbox.ts";
import { startUpkeep } from "../jobs/upkeep.ts";
import { DELIVERY_CONNECTIONS, startWebhooks } from "../jobs/webhooks.ts";
import {
  type Configuration,
  type Environment,
  readConfiguration,
} from "../process/configuration.ts";
import { type OpenDatabase, openDatabase, prepareDatabase } from "../process/open-database.ts";
import { createTokenVerifier } from "../security/verify-token.ts";
import { createApp } from "./app.ts";
import { WATCH_WAITING } from "./defaults.ts";
import { createLogger } from "./logger.ts";
import { readServiceConfiguration, type ServiceConfiguration } from "./service-configuration.ts";
import { watchedKeys } from "./watched-keys.ts";
import { PATIENCE_MS, withinPatience } from "./within.ts";

// One for those who watch, one to renew the claims of requests.
const WATCH_CONNECTIONS = 2;

/** A running service. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly address: string;
  /** The secret that its tokens are signed with, where it made one of its own. */
  readonly ownSecret: string | undefined;
  /**
   * Answers on for `CONTACT_SYNC_DRAIN_SECONDS`, no longer ready; then turns new requests away,
   * finishes what is under way, and closes the database.
   */
  stop(): Promise<void>;
}

/** Takes the log's lines, such as a stream. */
export interface LogDestination {
  write(line: string): void;
}

export interface ServeOptions {
  /** The variables of docs/http.md; mostly `process.env`. */
  readonly environment: Environment;
  /** Told what a person has to know, mostly at the start. Default: stderr. */
  readonly announce?: ((message: string) => void) | undefined;
  /** Where the log goes, a JSON object a line; default stdout. */
  readonly log?: LogDestination | undefined;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal | undefined;
}

export const OPTIONS: OptionNames<ServeOptions> = {
  environment: true,
  announce: true,
  log: true,
  signal: true,
};

const WAITING = "waiting for the database";

/**
 * Starts the REST service on the database that the environment names, which it waits for if it is
 * not there yet. It has its own connections and answers until `stop` has ended; ending the process on
 * a signal is the caller's.
 *
 * @throws ContactSyncError `INVALID_CONFIGURATION` (with all that is wrong, and no values),
 *   `KEY_REQUIRED`, `KEY_MISMATCH`, `DATABASE_NOT_MIGRATED`, `UNSAFE_DATABASE`,
 *   `DATABASE_UNAVAILABLE`, `DATABASE_BUSY`, `EMBEDDED_UNAVAILABLE`
 * @example
 * const service = await serve({ environment: process.env });
 * console.log(`listening on ${service.address}`);
 * process.once("SIGTERM", () => service.stop());
 */
export async function serve(options: ServeOptions): Promise<Service> {
  const { announce = console.error, ...given } = readOptions(options, OPTIONS);
  const service = readServiceConfiguration(given.environment);
  const installation = await openInstallation({ announce, ...given }, service);
  const { configuration, logger, engine, pool, watch, closers, stop } = installation;
  try {
    const own = await ownTokens(service, configuration);
    if (own !== undefined) {
      announce(
        "No token secret is configured: the service made one of its own and listens on this machine only. " +
          "`contact-sync token --user UUID` makes tokens for development.",
      );
    }
    const publicKeys = watchedKeys(service.tokens.jwksUrl, logger);
    const deliveries = new DeliveryCounts();
    const app = await createApp({
      engine,
      pool,
      watch: createSqlFunctions(watch, configuration.schema),
      logger,
      verifyToken: createTokenVerifier(
        own === undefined ? service.tokens : { ...service.tokens, jwtSecret: own },
        publicKeys,
      ),
      publicKeys,
      deliveries: service.webhook === undefined || service.jobs === "off" ? undefined : deliveries,
      limits: service.limits,
      requestSeconds: service.requestSeconds,
      ownerConnections: service.ownerConnections,
      keepAliveSeconds: service.keepAliveSeconds,
      corsOrigins: service.corsOrigins,
      shows: { dashboard: service.dashboard === "on" },
      trustProxy: service.trustProxy.length > 0 ? service.trustProxy : undefined,
      checkReadiness: () => withinPatience(assertReady(watch, configuration.schema)),
    });
    if (service.jobs === "on") await startDelivery(installation, service, deliveries);
    closers.push(() => app.close());
    if (service.jobs === "on") closers.push(startUpkeep(engine, logger));
    const { port, host } = service;
    const address = await app.listen({ port, host }).catch((error: NodeJS.ErrnoException) => {
      throw cannotListen(error, port, host, "PORT");
    });
    const drainAndStop = async () => {
      await app.drain(service.drainSeconds);
      await stop();
    };
    return { address, ownSecret: own, stop: drainAndStop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the environment names, opened for whoever serves or works on it. */
export interface Installation {
  readonly configuration: Configuration;
  readonly logger: FastifyBaseLogger;
  readonly opened: OpenDatabase;
  readonly engine: Engine;
  readonly pool: pg.Pool;
  /** Connections that no request can keep busy. */
  readonly watch: Database;
  readonly key: string;
  /** What has to end, the last one first. */
  readonly closers: (() => Promise<void>)[];
  stop(): Promise<void>;
}

/** Opens the database that the environment names, which it waits for, and the engine on it. */
export async function openInstallation(
  { environment, announce = console.error, log, signal }: ServeOptions,
  service: ServiceConfiguration,
): Promise<Installation> {
  const configuration = readConfiguration(environment);
  const logger = createLogger(service.logLevel, log);
  const opened = await openDatabase(configuration, {
    announce,
    onLost: (error) => logger.fatal({ code: error.code }, "the embedded database is lost"),
  });
  const closers: (() => Promise<void>)[] = [opened.close];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await awaitDatabase(opened.connectionString, {
      seconds: service.startupSeconds,
      signal,
      onWait: (error, waitedSeconds) => {
        const told = { ...error.details, reported: serverSentence(error) };
        logger.warn({ code: error.code, ...told, waited_seconds: waitedSeconds }, WAITING);
      },
    });
    const connected = await connect(configuration, service, opened, closers);
    return { configuration, logger, opened, ...connected, closers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Delivers to the webhook that is set, or says that nobody does. */
export async function startDelivery(
  { configuration, opened, engine, key, logger, closers }: Installation,
  { webhook }: ServiceConfiguration,
  counts: DeliveryCounts,
): Promise<void> {
  if (webhook === undefined) return tellOfOutbox(engine, logger);
  const delivery = await connectDelivery(configuration, opened, key, closers);
  const { schema } = configuration;
  closers.push(await startWebhooks({ ...delivery, schema, webhook, logger, counts }));
}

async function connect(
  { schema, defaultRegion, discoverable, previousKey, userIds }: Configuration,
  { poolSize, poolWaiting, requestSeconds, ...settings }: ServiceConfiguration,
  opened: OpenDatabase,
  closers: (() => Promise<void>)[],
) {
  const key = await prepareDatabase(opened, schema);
  const open = (max: number, limitMs: number) => openPool(opened, max, limitMs, closers);
  const pool = open(poolSize, requestSeconds * 1000);
  const database = limitedPool(pool, { queryMs: requestSeconds * 1000, waiting: poolWaiting });
  const watch = limitedPool(open(WATCH_CONNECTIONS, PATIENCE_MS), {
    queryMs: PATIENCE_MS,
    waiting: WATCH_WAITING,
  });
  const { engine, close } = await openEngine({
    database,
    key,
    previousKey,
    userIds,
    schema,
    defaultRegion,
    discoverable,
    newNumberBudget: settings.newNumberBudget,
    holdSuspects: settings.holdSuspects,
    keepChoicesDays: settings.keepChoicesDays,
    retention: settings.retention,
    syncTokenDays: settings.syncTokenDays,
  });
  closers.push(close);
  return { engine, pool, watch, key };
}

function openPool(
  { connectionString }: OpenDatabase,
  max: number,
  limitMs: number,
  closers: (() => Promise<void>)[],
): pg.Pool {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: limitMs });
  // A connection that dies while it is idle is replaced; the next query reports what it meets.
  pool.on("error", () => {});
  closers.push(() => pool.end());
  return pool;
}

/** Connections of its own: a receiver that does not answer keeps no request waiting. */
async function connectDelivery(
  { schema, previousKey, userIds }: Configuration,
  opened: OpenDatabase,
  key: string,
  closers: (() => Promise<void>)[],
): Promise<{ engine: Engine; pool: pg.Pool }> {
  const { max, patienceMs, waiting } = DELIVERY_CONNECTIONS;
  const pool = openPool(opened, max, patienceMs, closers);
  // Those that are handed out fail their queries; without this they would end the process too.
  pool.on("connect", (client) => client.on("error", () => {}));
  const database = limitedPool(pool, { queryMs: patienceMs, waiting });
  const { engine, close } = await openEngine({ database, key, previousKey, userIds, schema });
  closers.push(close);
  return { engine, pool };
}

/** Messages that nobody delivers are worth a word. */
async function tellOfOutbox({ sql }: Engine, logger: FastifyBaseLogger): Promise<void> {
  if (await outbox.isOn(sql)) {
    logger.warn(
      "links are announced to a webhook, and this service has none: set CONTACT_SYNC_WEBHOOK_URL, or call set_webhooks(false)",
    );
  }
}

/** A secret of the service's own, where nothing is configured that a token could be verified by. */
async function ownTokens(
  { tokens }: ServiceConfiguration,
  { dataDir }: Configuration,
): Promise<string | undefined> {
  const { jwtSecret, jwksUrl, serviceKeys = [] } = tokens;
  if (jwtSecret !== undefined || jwksUrl !== undefined || serviceKeys.length > 0) return undefined;
  return readOrCreateJwtSecret(dataDir);
}

/** Another process has the port, or the address is not this machine's, or not this user's to take. */
export function cannotListen(
  error: NodeJS.ErrnoException,
  port: number,
  host: string,
  variable: string,
): unknown {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another process listens there",
    EADDRNOTAVAIL: "this machine has no such address",
    EACCES: "this user may not",
  };
  const reason = reasons[error.code ?? ""];
  if (reason === undefined) return error;
  return new ContactSyncError(
    "INVALID_CONFIGURATION",
    `the service can't listen on port ${port} of ${host}: ${reason}. Set ${variable}, or HOST`,
    { cause: error },
  );
}
