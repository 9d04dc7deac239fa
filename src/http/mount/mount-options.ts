import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import { assertWithin } from "../../input/arguments.ts";
import type { LogTarget } from "../../jobs/log.ts";
import type { TokenSettings } from "../../security/verify-token.ts";
import { DEFAULT_LIMITS, DEFAULT_REQUEST_SECONDS } from "../defaults.ts";
import { isOrigin } from "../plugins/cross-origin.ts";
import type { RateLimits } from "../plugins/rate-limits.ts";
import type { Authenticate } from "./session.ts";
import { readTokenOptions } from "./token-options.ts";

/** How the service is mounted in a server of the app's own; what is left out is as `serve` has it. */
export interface MountOptions<Incoming> {
  /**
   * Says who sent a request, as the app itself knows its users: by a session, a cookie, a token. It
   * must not read the body. It may throw: a `ContactSyncError` is answered as it is, an error whose
   * `status` is 401 or 403 as such, and any other as `INTERNAL`.
   */
  readonly authenticate?: Authenticate<Incoming> | undefined;
  /**
   * Bearer tokens, verified as `serve` does; beside `authenticate` for those whom it does not know.
   * One of the two there must be.
   */
  readonly tokens?: TokenSettings | undefined;
  /** The path that it is mounted at, such as `/contact-sync`; where the app has cut it off: none. */
  readonly basePath?: string | undefined;
  /** Requests a minute: `perOwner` 120, `perAddress` 6,000; 0 for no limit. */
  readonly limits?: Partial<RateLimits> | undefined;
  /** Where a request comes from. Without it there is no limit for each address. */
  readonly addressOf?: ((request: Incoming) => string | undefined) | undefined;
  /**
   * Seconds that a call of the database may take, 1 to 600; default 30. It is held on connections of
   * `pg`, and on others only as the time that a request waits for its turn.
   */
  readonly requestSeconds?: number | undefined;
  /** Requests of one owner that are worked on at once; 0 for no limit. Default: under half of the pool. */
  readonly ownerConnections?: number | undefined;
  /** Origins whose pages may call; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Whether `/docs` and `/openapi.json` are served; default false. */
  readonly documentation?: boolean | undefined;
  /** Whether `/metrics` is served, to anybody; default false. */
  readonly metrics?: boolean | undefined;
  /** Where its lines go: pino's logger, or a function. Default: faults go to stderr. */
  readonly logger?: LogTarget | undefined;
}

export const MOUNT_OPTIONS: OptionNames<MountOptions<never>> = {
  authenticate: true,
  tokens: true,
  basePath: true,
  limits: true,
  addressOf: true,
  requestSeconds: true,
  ownerConnections: true,
  corsOrigins: true,
  documentation: true,
  metrics: true,
  logger: true,
};
const LIMITS: OptionNames<RateLimits> = { perAddress: true, perOwner: true };
const TOKENS = ["jwtSecret", "jwksUrl", "serviceKeys"] as const;

const MOST_REQUESTS = 1_000_000;

/** The options as they are used, each checked. */
export interface MountSettings<Incoming> extends MountOptions<Incoming> {
  /** Without a slash at its end; empty for none. */
  readonly basePath: string;
  readonly limits: RateLimits;
  readonly requestSeconds: number;
}

/** @throws ContactSyncError `INVALID_ARGUMENT` */
export function readMountOptions<Incoming>(
  options: MountOptions<Incoming>,
): MountSettings<Incoming> {
  const given = readOptions(options, MOUNT_OPTIONS as OptionNames<MountOptions<Incoming>>);
  const { perAddress, perOwner } = readOptions<Partial<RateLimits>>(given.limits, LIMITS, "limits");
  const { authenticate, addressOf, corsOrigins, ownerConnections, basePath = "" } = given;
  const tokens = readTokenOptions(given.tokens);
  for (const [name, value] of Object.entries({ authenticate, addressOf })) {
    if (value === undefined || typeof value === "function") continue;
    throw invalid(`${name} must be a function`);
  }
  for (const name of ["documentation", "metrics"] as const) {
    if ([undefined, true, false].includes(given[name])) continue;
    throw invalid(`${name} must be true or false`);
  }
  if (corsOrigins !== undefined && !(Array.isArray(corsOrigins) && corsOrigins.every(isOrigin))) {
    throw invalid(
      "corsOrigins must be a list of origins, such as https://app.example, without a path",
    );
  }
  if (!TOKENS.some((name) => (tokens?.[name]?.length ?? 0) > 0) && authenticate === undefined) {
    throw invalid(
      "authenticate must be given, or tokens with jwtSecret, jwksUrl or serviceKeys: who else would say who asks?",
    );
  }
  return {
    ...given,
    tokens,
    basePath: readBasePath(basePath),
    limits: {
      perAddress: within(
        perAddress,
        DEFAULT_LIMITS.perAddress,
        0,
        MOST_REQUESTS,
        "limits.perAddress",
      ),
      perOwner: within(perOwner, DEFAULT_LIMITS.perOwner, 0, MOST_REQUESTS, "limits.perOwner"),
    },
    requestSeconds: within(given.requestSeconds, DEFAULT_REQUEST_SECONDS, 1, 600, "requestSeconds"),
    ownerConnections:
      ownerConnections === undefined
        ? undefined
        : assertWithin(ownerConnections, 0, 500, "ownerConnections"),
  };
}

function readBasePath(path: string): string {
  if (typeof path === "string" && /^(\/[^/?#\s]+)*\/?$/.test(path)) return path.replace(/\/$/, "");
  throw invalid("basePath must begin with a slash, such as /contact-sync, and be the path alone");
}

function within(
  value: unknown,
  fallback: number,
  least: number,
  most: number,
  name: string,
): number {
  return value === undefined ? fallback : assertWithin(value, least, most, name);
}

function invalid(what: string): ContactSyncError {
  return new ContactSyncError("INVALID_ARGUMENT", what);
}
