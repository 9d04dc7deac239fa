import type { IncomingMessage, ServerResponse } from "node:http";
import { ContactSyncError } from "@contact-sync/client";
import type { FastifyRequest } from "fastify";
import { assertReady } from "../../database/assert-ready.ts";
import { limitedPool } from "../../database/limited-pool.ts";
import { createSqlFunctions } from "../../database/sql-functions.ts";
import { engineBehind } from "../../engine/engine-behind.ts";
import type { OpenedEngine } from "../../engine/open-engine.ts";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import { type Caller, createTokenVerifier } from "../../security/verify-token.ts";
import { createApp } from "../app.ts";
import {
  DEFAULT_POOL_SIZE,
  DEFAULT_POOL_WAITING,
  defaultOwnerConnections,
  WATCH_WAITING,
} from "../defaults.ts";
import type { AddressOf } from "../plugins/rate-limits.ts";
import { watchedKeys } from "../watched-keys.ts";
import { PATIENCE_MS, withinPatience } from "../within.ts";
import { givenLogger } from "./given-logger.ts";
import { type MountOptions, readMountOptions } from "./mount-options.ts";
import { callerBySession } from "./session.ts";

// Of what lies outside of the path that it is mounted at.
const NOWHERE = "/nowhere";

/** The service in a server of the app's own, which brings it Node's requests and answers. */
export interface Mounted<Incoming> {
  /** A path as the service knows it, without what it is mounted at; undefined outside of that. */
  within(path: string): string | undefined;
  /** Makes it ready, once; the first request would otherwise. */
  open(): Promise<void>;
  /**
   * Answers a request.
   *
   * @param incoming the request as the app knows it, for its own functions
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    incoming: Incoming,
    refusal?: ContactSyncError,
  ): Promise<void>;
  /** Turns new requests away, and ends when those under way are answered. */
  close(): Promise<void>;
}

/** A request's other side. */
interface Guest<Incoming> {
  readonly incoming: Incoming;
  /** Why it can't be served, found before it was asked who sent it. */
  readonly refusal: ContactSyncError | undefined;
}

/** @throws ContactSyncError `INVALID_ARGUMENT` */
export function mount<Incoming>(
  contactSync: ContactsWithAccounts,
  options: MountOptions<Incoming>,
): Mounted<Incoming> {
  const settings = readMountOptions(options);
  const { basePath, addressOf, authenticate, tokens, corsOrigins = [] } = settings;
  const opened = engineBehind(contactSync);
  const logger = givenLogger(settings.logger);
  const guests = new WeakMap<IncomingMessage, Guest<Incoming>>();
  const guestOf = ({ raw }: FastifyRequest) => guests.get(raw) as Guest<Incoming>;
  const { users } = opened.engine;
  const publicKeys = watchedKeys(tokens?.jwksUrl, logger);
  const verifyToken =
    tokens === undefined
      ? undefined
      : createTokenVerifier({ ...tokens, userIds: users.kind }, publicKeys);
  const underWay = new Set<Promise<void>>();

  const verifyCaller = async (
    authorization: string | undefined,
    request: FastifyRequest,
  ): Promise<Caller> => {
    const { incoming, refusal } = guestOf(request);
    if (refusal !== undefined) throw refusal;
    refuseOtherSites(request, corsOrigins);
    const caller =
      authenticate === undefined
        ? undefined
        : await callerBySession(() => authenticate(incoming), users);
    if (caller !== undefined) return caller;
    if (verifyToken !== undefined) return verifyToken(authorization);
    throw new ContactSyncError("UNAUTHENTICATED", "the app knows nobody by this request");
  };

  const start = async () => {
    const { requestSeconds } = settings;
    const { engine, settled, watch, checkReadiness } = reach(opened, requestSeconds);
    const app = await createApp({
      engine,
      watch,
      pool: opened.pool,
      logger,
      verifyToken: verifyCaller,
      publicKeys,
      limits: settings.limits,
      addressOf:
        addressOf === undefined
          ? () => undefined
          : (((request) => addressOf(guestOf(request).incoming)) satisfies AddressOf),
      requestSeconds,
      ownerConnections: settings.ownerConnections ?? ownerConnectionsOf(opened),
      // The event loop is the app's, and so is what is turned away while it is late.
      maxEventLoopDelayMs: 0,
      corsOrigins,
      shows: {
        documentation: settings.documentation ?? false,
        metrics: settings.metrics ?? false,
        frontPage: false,
        dashboard: false,
      },
      checkReadiness,
    });
    await app.ready();
    return { app, settled };
  };
  let started: ReturnType<typeof start> | undefined;
  const running = () => {
    started ??= start();
    return started;
  };

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      const { app, settled } = await running();
      await app.close();
      await Promise.all(underWay);
      await settled();
      forget();
    })();
    return closed;
  };
  const forget = opened.beforeClose(close);

  return {
    within(path) {
      if (!path.startsWith(basePath)) return undefined;
      const rest = path.slice(basePath.length);
      if (rest === "" || rest.startsWith("?")) return `/${rest}`;
      return rest.startsWith("/") ? rest : undefined;
    },
    async open() {
      await running();
    },
    async answer(request, response, incoming, refusal) {
      const ended = new Promise<void>((resolve) => response.once("close", resolve));
      underWay.add(ended);
      ended.then(() => underWay.delete(ended));
      const { app } = await running();
      guests.set(request, { incoming, refusal });
      const { url = "/" } = request;
      // The app's own path stays the app's: what reads it is done when this returns.
      request.url = this.within(url) ?? NOWHERE;
      app.routing(request, response);
      request.url = url;
    },
    close,
  };
}

/** The engine on limits of the service's, where connections can be limited. */
function reach(opened: OpenedEngine, requestSeconds: number) {
  const { pool, schema } = opened;
  if (pool === undefined) {
    return {
      engine: opened.engine,
      settled: async () => {},
      watch: opened.engine.sql,
      checkReadiness: () => withinPatience(assertReady(opened.database, schema)),
    };
  }
  const database = limitedPool(pool, {
    queryMs: requestSeconds * 1000,
    waiting: DEFAULT_POOL_WAITING,
  });
  const watch = limitedPool(pool, { queryMs: PATIENCE_MS, waiting: WATCH_WAITING });
  return {
    ...opened.on(database),
    watch: createSqlFunctions(watch, schema),
    checkReadiness: () => withinPatience(assertReady(watch, schema)),
  };
}

/** Of connections that nobody can count, one. */
function ownerConnectionsOf({ pool }: OpenedEngine): number {
  return defaultOwnerConnections(pool === undefined ? 1 : (pool.options.max ?? DEFAULT_POOL_SIZE));
}

/**
 * Refuses what a page of another site sends with the user's cookies. `serve` reads none; an app's
 * `authenticate` may, and a body-less POST needs no permission of the browser's.
 *
 * @throws ContactSyncError `NOT_ALLOWED`
 */
function refuseOtherSites({ headers }: FastifyRequest, origins: readonly string[]): void {
  if (headers["sec-fetch-site"] !== "cross-site" || headers.cookie === undefined) return;
  if (headers.origin !== undefined && origins.includes(headers.origin)) return;
  throw new ContactSyncError(
    "NOT_ALLOWED",
    "a page of another site may not ask with the user's cookies, unless corsOrigins names it",
  );
}
