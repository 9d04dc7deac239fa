import { ContactSyncError } from "@contact-sync/client";
import rateLimit from "@fastify/rate-limit";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { addressGroup } from "../address-group.ts";

/** Requests a minute; 0 for no limit. */
export interface RateLimits {
  readonly perAddress: number;
  readonly perOwner: number;
}

/** Where a request comes from; undefined where nobody knows, and it is not counted. */
export type AddressOf = (request: FastifyRequest) => string | undefined;

const WINDOW_MS = 60_000;
// Addresses and owners that are counted at once; the least recently seen ones are forgotten.
const COUNTED = 50_000;

type Limiter = ReturnType<import("fastify").FastifyInstance["createRateLimit"]>;

/**
 * One limit for each address (each network of IPv6), before the token is looked at, and one for each owner. In memory of
 * this process: several processes behind a balancer allow as many times as much.
 */
export const addressLimit = fastifyPlugin<{
  limits: RateLimits;
  addressOf?: AddressOf | undefined;
}>(async (app, { limits, addressOf = ({ ip }) => ip }) => {
  await app.register(rateLimit, { global: false, cache: COUNTED });
  if (limits.perAddress === 0) return;
  const limiter = app.createRateLimit({
    max: limits.perAddress,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => `address ${addressGroup(addressOf(request) ?? "")}`,
  });
  app.addHook("onRequest", async (request, reply) => {
    if (addressOf(request) !== undefined) await count(limiter, request, reply);
  });
});

/**
 * Registered after authentication. What the app's back end does for nobody is not limited: it is
 * trusted anyway. What it does on behalf of a user is counted as theirs: they have asked for it.
 */
export const ownerLimit = fastifyPlugin<{ limits: RateLimits }>(async (app, { limits }) => {
  if (limits.perOwner === 0) return;
  const limiter = app.createRateLimit({
    max: limits.perOwner,
    timeWindow: WINDOW_MS,
    keyGenerator: ({ owner }) => `owner ${owner}`,
  });
  app.addHook("onRequest", async (request, reply) => {
    if (request.owner !== null) await count(limiter, request, reply);
  });
});

/** Counts a request, and tells with the RateLimit headers (IETF draft) how many are left. */
async function count(limiter: Limiter, request: FastifyRequest, reply: FastifyReply) {
  const state = await limiter(request);
  if (state.isAllowed) return;
  reply.header("ratelimit-limit", state.max);
  reply.header("ratelimit-remaining", state.remaining);
  reply.header("ratelimit-reset", state.ttlInSeconds);
  if (!state.isExceeded) return;
  throw new ContactSyncError("RATE_LIMITED", "too many requests in a minute", {
    details: { limit: state.max, retry_after_seconds: state.ttlInSeconds },
  });
}
