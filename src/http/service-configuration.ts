import { isIP } from "node:net";
import { ContactSyncError, MAX_NEW_NUMBERS } from "@contact-sync/client";
import {
  DEFAULT_SYNC_TOKEN_DAYS,
  MAX_DAYS,
  MAX_MONTHS,
  type NewNumberBudgetSetting,
  type RetentionSetting,
} from "../engine/open-engine.ts";
import { readWebhook, type Webhook } from "../events/webhook.ts";
import { type Environment, inspectConfiguration } from "../process/configuration.ts";
import type { TokenSettings } from "../security/verify-token.ts";
import {
  DEFAULT_LIMITS,
  DEFAULT_POOL_SIZE,
  DEFAULT_POOL_WAITING,
  DEFAULT_REQUEST_SECONDS,
  defaultOwnerConnections,
} from "./defaults.ts";
import { isOrigin } from "./plugins/cross-origin.ts";
import type { RateLimits } from "./plugins/rate-limits.ts";
import { demandSoundTokens, readTokenClaims, type TokenNames } from "./token-claims.ts";

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];
const TOKEN_VARIABLES: TokenNames = {
  jwtSecret: "CONTACT_SYNC_JWT_SECRET",
  jwksUrl: "CONTACT_SYNC_JWKS_URL",
  serviceKeys: "CONTACT_SYNC_SERVICE_KEYS",
  userIds: "CONTACT_SYNC_USER_IDS",
  issuer: "CONTACT_SYNC_JWT_ISSUER",
  audience: "CONTACT_SYNC_JWT_AUDIENCE",
  userClaim: "CONTACT_SYNC_JWT_USER_CLAIM",
  roleClaim: "CONTACT_SYNC_JWT_ROLE_CLAIM",
  userRoles: "CONTACT_SYNC_JWT_USER_ROLES",
  serviceRoles: "CONTACT_SYNC_JWT_SERVICE_ROLES",
  requiredClaims: "CONTACT_SYNC_JWT_REQUIRED_CLAIMS",
  accountCreatedClaim: "CONTACT_SYNC_ACCOUNT_CREATED_CLAIM",
};
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** What the service is told by the environment, beside what the command line is told as well. */
export interface ServiceConfiguration {
  readonly port: number;
  /** All addresses by default, but loopback alone while the service makes its own token secret. */
  readonly host: string;
  readonly tokens: TokenSettings;
  readonly limits: RateLimits;
  /** Set in the database at start; undefined leaves what is set there. */
  readonly newNumberBudget: NewNumberBudgetSetting;
  /** The score from which suspects are held, 0 for none; set in the database at start, likewise. */
  readonly holdSuspects: number | undefined;
  /** Set in the database at start, likewise. */
  readonly keepChoicesDays: number | undefined;
  /** Likewise. */
  readonly retention: RetentionSetting;
  /** How long a device may go on from a token. */
  readonly syncTokenDays: number;
  readonly poolSize: number;
  readonly poolWaiting: number;
  /** Of the pool's, those that one owner's requests use at once; 0 for no limit. */
  readonly ownerConnections: number;
  readonly requestSeconds: number;
  /** How long a connection may be idle between two requests. */
  readonly keepAliveSeconds: number;
  /** How long it answers on, not ready any more, when it is told to stop. */
  readonly drainSeconds: number;
  /** How long the start waits for a database that is not there yet. */
  readonly startupSeconds: number;
  readonly corsOrigins: readonly string[];
  /** Whether the operator's page is served: `on` or `off`. */
  readonly dashboard: string;
  readonly trustProxy: string[];
  /** Whom to tell of links; undefined: nobody. */
  readonly webhook: Webhook | undefined;
  /** Whether `serve` does the jobs, or leaves them to `worker`. */
  readonly jobs: Jobs;
  /** Where `worker` tells how it is; undefined: nowhere. */
  readonly healthPort: number | undefined;
  readonly logLevel: string;
}

const JOBS = ["on", "off"] as const;
type Jobs = (typeof JOBS)[number];

/**
 * Reads the service's variables. All faults are listed at once, without their values, and those of
 * the variables that the command line reads with them.
 *
 * @param needsTokens false for one who serves nobody's contacts, and may listen anywhere
 * @throws ContactSyncError `INVALID_CONFIGURATION`
 */
export function readServiceConfiguration(
  environment: Environment,
  { needsTokens = true }: { needsTokens?: boolean } = {},
): ServiceConfiguration {
  const common = inspectConfiguration(environment);
  const faults = common.faults.map(({ code, message }) => message.slice(`${code}: `.length));
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const list = (name: string): string[] =>
    (text(name) ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  const number = <Fallback>(
    name: string,
    fallback: Fallback,
    least: number,
    most: number,
  ): number | Fallback => {
    const given = text(name);
    if (given === undefined) return fallback;
    const value = Number(given);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    faults.push(`${name} must be a whole number from ${least} to ${most}`);
    return fallback;
  };
  const demand = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };

  const jwtSecret = text("CONTACT_SYNC_JWT_SECRET");
  const jwksUrl = text("CONTACT_SYNC_JWKS_URL");
  const serviceKeys = list("CONTACT_SYNC_SERVICE_KEYS");
  const hasTokens = jwtSecret !== undefined || jwksUrl !== undefined || serviceKeys.length > 0;
  const isOpen = hasTokens || !needsTokens;
  const host = text("HOST") ?? (isOpen ? "0.0.0.0" : "127.0.0.1");
  const corsOrigins = list("CONTACT_SYNC_CORS_ORIGINS");
  const trustProxy = list("CONTACT_SYNC_TRUST_PROXY");
  const dashboard = text("CONTACT_SYNC_DASHBOARD") ?? "on";
  const logLevel = text("LOG_LEVEL") ?? "info";
  const jobs = (text("CONTACT_SYNC_JOBS") ?? "on") as Jobs;
  demand(
    isOpen || LOOPBACK.includes(host),
    "HOST may name another address than loopback only with a token secret: set CONTACT_SYNC_JWT_SECRET, CONTACT_SYNC_JWKS_URL or CONTACT_SYNC_SERVICE_KEYS",
  );
  demand(
    corsOrigins.every(isOrigin),
    "CONTACT_SYNC_CORS_ORIGINS: each must be an origin, such as https://app.example, without a path",
  );
  demand(
    trustProxy.every(isNetwork),
    "CONTACT_SYNC_TRUST_PROXY: each must be an IP address or a network, such as 10.0.0.0/8",
  );
  demand(["on", "off"].includes(dashboard), "CONTACT_SYNC_DASHBOARD must be on or off");
  demand(LOG_LEVELS.includes(logLevel), `LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}`);

  demand(JOBS.includes(jobs), "CONTACT_SYNC_JOBS must be on or off");

  const { webhook, faults: webhookFaults } = readWebhook(text);
  faults.push(...webhookFaults);

  const poolSize = number("CONTACT_SYNC_POOL_SIZE", DEFAULT_POOL_SIZE, 1, 500);

  const tokens: TokenSettings = {
    jwtSecret,
    jwksUrl,
    serviceKeys,
    userIds: common.configuration.userIds,
    issuer: text("CONTACT_SYNC_JWT_ISSUER"),
    audience: text("CONTACT_SYNC_JWT_AUDIENCE"),
    ...readTokenClaims({ text, list, demand }),
  };
  demandSoundTokens(tokens, TOKEN_VARIABLES, demand);

  const configuration: ServiceConfiguration = {
    port: number("PORT", 3000, 0, 65_535),
    host,
    tokens,
    limits: {
      perAddress: number(
        "CONTACT_SYNC_RATE_LIMIT_PER_ADDRESS",
        DEFAULT_LIMITS.perAddress,
        0,
        1_000_000,
      ),
      perOwner: number("CONTACT_SYNC_RATE_LIMIT_PER_OWNER", DEFAULT_LIMITS.perOwner, 0, 1_000_000),
    },
    newNumberBudget: {
      burst: number("CONTACT_SYNC_NEW_NUMBER_BURST", undefined, 0, MAX_NEW_NUMBERS),
      perDay: number("CONTACT_SYNC_NEW_NUMBERS_PER_DAY", undefined, 1, MAX_NEW_NUMBERS),
      newAccountDays: number("CONTACT_SYNC_NEW_ACCOUNT_DAYS", undefined, 0, MAX_DAYS),
      newAccountBurst: number("CONTACT_SYNC_NEW_ACCOUNT_BURST", undefined, 1, MAX_NEW_NUMBERS),
    },
    holdSuspects: number("CONTACT_SYNC_HOLD_SUSPECTS", undefined, 0, 100),
    keepChoicesDays: number("CONTACT_SYNC_KEEP_CHOICES_DAYS", undefined, 0, MAX_DAYS),
    retention: {
      silentOwnerMonths: number(
        "CONTACT_SYNC_RETENTION_SILENT_OWNER_MONTHS",
        undefined,
        0,
        MAX_MONTHS,
      ),
      forgottenNumberMonths: number(
        "CONTACT_SYNC_RETENTION_FORGOTTEN_NUMBER_MONTHS",
        undefined,
        0,
        MAX_MONTHS,
      ),
      runDays: number("CONTACT_SYNC_RETENTION_RUN_DAYS", undefined, 1, MAX_DAYS),
    },
    syncTokenDays: number("CONTACT_SYNC_TOKEN_DAYS", DEFAULT_SYNC_TOKEN_DAYS, 1, MAX_DAYS),
    poolSize,
    poolWaiting: number("CONTACT_SYNC_POOL_WAITING", DEFAULT_POOL_WAITING, 1, 100_000),
    ownerConnections: number(
      "CONTACT_SYNC_OWNER_CONNECTIONS",
      defaultOwnerConnections(poolSize),
      0,
      500,
    ),
    requestSeconds: number("CONTACT_SYNC_REQUEST_TIMEOUT_SECONDS", DEFAULT_REQUEST_SECONDS, 1, 600),
    // More than the 60 seconds after which most balancers close an idle connection themselves.
    keepAliveSeconds: number("CONTACT_SYNC_KEEP_ALIVE_SECONDS", 75, 1, 3_600),
    drainSeconds: number("CONTACT_SYNC_DRAIN_SECONDS", 0, 0, 600),
    startupSeconds: number("CONTACT_SYNC_STARTUP_WAIT_SECONDS", 30, 0, 3_600),
    corsOrigins,
    dashboard,
    trustProxy,
    webhook,
    jobs,
    healthPort: number("CONTACT_SYNC_HEALTH_PORT", undefined, 0, 65_535),
    logLevel,
  };
  if (faults.length > 0) {
    throw new ContactSyncError(
      "INVALID_CONFIGURATION",
      `the environment is wrong:${faults.map((fault) => `\n  ${fault}`).join("")}`,
    );
  }
  return configuration;
}

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits);
}
