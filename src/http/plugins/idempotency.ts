import { ContactSyncError } from "@contact-sync/client";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Engine } from "../../engine.ts";
import type { Caller } from "../../security/verify-token.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether a request may carry an Idempotency-Key, and a repeated one gets the first answer. */
    isIdempotent?: boolean;
  }
  interface FastifyRequest {
    claim: Claim | null;
  }
}

/** A key that this request has claimed and whose answer is still open. */
interface Claim {
  readonly ownerId: string;
  readonly route: string;
  readonly keyDigest: string;
}

const RELEASE_EVERY_MS = 500;
const NOBODY = "00000000-0000-0000-0000-000000000000";

/**
 * The Idempotency-Key header (IETF draft): a repeated request gets the first one's answer for a
 * day. Only successes are kept; one that failed may be tried again with the same key.
 *
 * @param leaseSeconds how long a claim outlives a server that died with it; longer than any request
 */
export const idempotency = fastifyPlugin<{ engine: Engine; leaseSeconds: number }>(
  async (app, { engine, leaseSeconds }) => {
    const { store, fingerprints } = engine;
    app.decorateRequest("claim", null);

    // After validation, so that a malformed request claims nothing.
    app.addHook("preHandler", async (request, reply) => {
      const key = request.headers["idempotency-key"];
      if (key === undefined || request.routeOptions.config.isIdempotent !== true) return;
      if (!isStream(request)) await claim(request, reply, readKey(key));
    });

    async function claim(request: FastifyRequest, reply: FastifyReply, key: string) {
      const wanted: Claim = {
        ownerId: callerId(request.caller),
        route: `${request.method} ${request.routeOptions.url}`,
        keyDigest: fingerprints.of(`key ${key}`),
      };
      const { claim, answer } = await store.call<{ claim: string; answer: Buffer | null }>(
        "contact_sync_claim_answer",
        [
          wanted.ownerId,
          wanted.route,
          wanted.keyDigest,
          fingerprints.of(`body ${JSON.stringify(request.body)}`),
          `${leaseSeconds} seconds`,
        ],
      );
      if (claim === "claimed") {
        request.claim = wanted;
        return;
      }
      if (claim === "reused") {
        throw new ContactSyncError(
          "IDEMPOTENCY_KEY_REUSED",
          "the key came with another body before",
        );
      }
      const kept = answer === null ? null : fingerprints.openAnswer(answer, contextOf(wanted));
      if (kept === null) {
        throw new ContactSyncError(
          "IDEMPOTENCY_KEY_IN_USE",
          "the first request is not answered yet",
        );
      }
      reply.header("idempotency-replayed", "true").type("application/json").send(kept);
      return reply;
    }

    app.addHook("onSend", async (request, reply, payload) => {
      const { claim } = request;
      if (claim === null) return payload;
      request.claim = null;
      if (reply.statusCode === 200 && typeof payload === "string") {
        // The work is done and committed: an answer that can't be kept is given all the same.
        await settle(claim, fingerprints.closeAnswer(payload, contextOf(claim))).catch(() => {
          release(claim);
        });
        return payload;
      }
      // Before the answer, so that whoever repeats the request at once does not meet its own claim;
      // but 503 may mean that the database is away, and its answer must not wait for it.
      const released = release(claim);
      if (reply.statusCode !== 503) await released;
      return payload;
    });

    /** Tries again while the database is away, for as long as the claim lasts. */
    async function release(claim: Claim, until = Date.now() + leaseSeconds * 1000): Promise<void> {
      await settle(claim, null).catch(() => {
        if (Date.now() > until) return;
        setTimeout(() => release(claim, until), RELEASE_EVERY_MS).unref();
      });
    }

    function settle(claim: Claim, answer: Buffer | null): Promise<unknown> {
      return store.call("contact_sync_keep_answer", [
        claim.ownerId,
        claim.route,
        claim.keyDigest,
        answer,
      ]);
    }
  },
);

function callerId(caller: Caller): string {
  return caller.role === "authenticated" ? caller.userId : NOBODY;
}

function contextOf({ ownerId, route, keyDigest }: Claim): string {
  return `${ownerId} ${route} ${keyDigest}`;
}

function isStream(request: FastifyRequest): boolean {
  return typeof (request.body as { pipe?: unknown } | null)?.pipe === "function";
}

function readKey(key: string | string[]): string {
  if (typeof key === "string" && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ContactSyncError(
    "INVALID_REQUEST",
    "Idempotency-Key must be 1 to 255 visible ASCII characters, without spaces",
  );
}
