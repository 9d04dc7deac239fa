import type { InjectOptions, LightMyRequestResponse } from "fastify";
import pg from "pg";
import { beforeAll } from "vitest";
import { assertReady } from "../../src/database/assert-ready.ts";
import { limitedPool } from "../../src/database/limited-pool.ts";
import { DEFAULT_SCHEMA } from "../../src/database/schema.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open-engine.ts";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import { createLogger } from "../../src/http/logger.ts";
import { signToken } from "../../src/security/sign-token.ts";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { type PostgresUnderTest, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { type Mounting, mountOn } from "./mount/mounted-service.ts";

export const JWT_SECRET = "a secret for tests, of 32 bytes or more";
export const SERVICE_KEY = "sb_secret_for_tests_of_32_characters_or_more";

/** For what must not be cut short, however loaded the machine is. */
export const PATIENT_MS = 600_000;

export interface AppOverrides extends Partial<Omit<AppOptions, "engine" | "logger" | "pool">> {
  /** Connections; default 10. */
  poolSize?: number;
  /** Milliseconds a query may take, and calls that may wait for a connection. */
  queryMs?: number;
  waiting?: number;
  /** What users are called by; default UUIDs. */
  userIds?: "uuid" | "text";
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH";
  readonly url: string;
  readonly token?: string | undefined;
  /** Sent as JSON; text and bytes go as they are. */
  readonly body?: unknown;
  readonly headers?: Record<string, string> | undefined;
}

export type Answer = LightMyRequestResponse;

/**
 * How requests reach the service: as one by itself, or mounted in an app. A suite of the service's
 * is run again with another one (`test/http/mount/as-the-service.test.ts`).
 */
export const transport: { through: Transport } = { through: "service" };
export type Transport = "service" | Mounting;

/** The service on a test's database, driven without a socket. */
export interface OpenApp {
  readonly app: Awaited<ReturnType<typeof createApp>>;
  readonly engine: Engine;
  readonly pool: pg.Pool;
  /** What counts from the next query on; nothing takes too long before the test begins. */
  readonly limits: { queryMs: number; waiting: number };
  /** Every line that was logged since it opened, as JSON. */
  readonly log: string[];
  userToken(userId: string): Promise<string>;
  serviceToken(): Promise<string>;
  request(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

/** No limits of rate unless a test sets its own. Close it before the database is dropped. */
export async function openApp(
  database: Pick<TestDatabase, "connectionString">,
  { poolSize = 10, queryMs = PATIENT_MS, waiting = 200, userIds, ...overrides }: AppOverrides = {},
): Promise<OpenApp> {
  const pool = new pg.Pool({ connectionString: database.connectionString, max: poolSize });
  pool.on("error", () => {});
  const limits = { queryMs: PATIENT_MS, waiting };
  const limited = limitedPool(pool, limits);
  const { engine } = await openEngine({ database: limited, key: TEST_KEY, userIds });
  const log: string[] = [];
  const app = await createApp({
    engine,
    pool,
    logger: createLogger("trace", { write: (line: string) => log.push(line) }),
    verifyToken: createTokenVerifier({
      jwtSecret: JWT_SECRET,
      serviceKeys: [SERVICE_KEY],
      userIds,
    }),
    limits: { perAddress: 0, perOwner: 0 },
    requestSeconds: 30,
    // Test runs keep the event loop busy with other things than requests.
    maxEventLoopDelayMs: 0,
    // A test sees at once what it did.
    watchKeptMs: 0,
    checkReadiness: () => assertReady(limited, DEFAULT_SCHEMA),
    ...overrides,
  });
  limits.queryMs = queryMs;
  const mounted =
    transport.through === "service"
      ? undefined
      : await mountOn(
          transport.through,
          pool,
          {
            tokens: { jwtSecret: JWT_SECRET, serviceKeys: [SERVICE_KEY] },
            limits: overrides.limits ?? { perAddress: 0, perOwner: 0 },
            requestSeconds: overrides.requestSeconds,
            ownerConnections: overrides.ownerConnections ?? 0,
            corsOrigins: overrides.corsOrigins,
          },
          log,
        );
  return {
    app,
    engine,
    pool,
    limits,
    log,
    userToken: (userId) =>
      signToken(JWT_SECRET, { role: "authenticated", userId, expiresInSeconds: 3600 }),
    serviceToken: () => signToken(JWT_SECRET, { role: "service_role", expiresInSeconds: 3600 }),
    request: (request) =>
      mounted === undefined ? app.inject(injection(request)) : mounted.request(injection(request)),
    async close() {
      await mounted?.close();
      await app.close();
      if (!pool.ended) await pool.end();
    },
  };
}

/** The service on a database of its own, for all tests of the suite around the call. */
export function useApp(server: PostgresUnderTest, overrides: AppOverrides = {}): () => OpenApp {
  const database = useDatabase(server);
  let opened: OpenApp | undefined;
  beforeAll(async () => {
    opened = await openApp(database(), overrides);
    return () => opened?.close();
  });
  return () => opened as OpenApp;
}

function injection({ method, url, token, body, headers = {} }: Request): InjectOptions {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  return {
    method,
    url,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isRaw ? (body as string) : JSON.stringify(body) }),
  };
}
