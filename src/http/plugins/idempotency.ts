import { ContactSyncError } from "@contact-sync/client";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { SqlFunctions } from "../../database/sql-functions.ts";
import type { Engine } from "../../engine/engine.ts";
import { forAMoment } from "../../engine/for-a-moment.ts";
import type { Fingerprints } from "../../security/fingerprint.ts";
import { type Claim, Claims, type Place } from "../claims.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of an endpoint whose requests may carry an Idempotency-Key. */
    replay?: Replay;
  }
  interface FastifyRequest {
    claim: Claim | null;
    /** Made with the key that the claim was made with. */
    fingerprints: Fingerprints | null;
    /** What is kept of the answer; undefined before there is one, and of a failure. */
    kept: unknown;
  }
}

/**
 * How an endpoint gives its first answer again. What is kept is short and names nobody: whom the
 * answer names is asked for anew, so that nobody is named who has left meanwhile.
 */
export interface Replay {
  /** What has to be kept of an answer's data: whatever cannot be found out again. */
  // biome-ignore lint/suspicious/noExplicitAny: each endpoint's own data
  keep(data: any): object;
  /** The data again, for a request with the same body. */
  // biome-ignore lint/suspicious/noExplicitAny: as it was kept
  restore(request: FastifyRequest, kept: any): object | Promise<object>;
}

// How long an answer waits for its key to be settled. Whoever repeats the request before that is
// told that it is in use.
const PATIENCE_MS = 2_000;

const NOBODY = "00000000-0000-0000-0000-000000000000";

/**
 * The Idempotency-Key header (IETF draft): a repeated request gets the first one's answer for a
 * day, with the matches of now. Only successes are kept; one that failed may be tried again with the
 * same key. A stream takes no key.
 */
export const idempotency = fastifyPlugin<{ engine: Engine; renewals: SqlFunctions }>(
  async (app, { engine, renewals }) => {
    const claims = new Claims(engine.sql, renewals);
    app.decorateRequest("claim", null);
    app.decorateRequest("fingerprints", null);
    app.decorateRequest("kept", undefined);

    // After validation, so that a malformed request claims nothing.
    app.addHook("preHandler", async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const { replay } = request.routeOptions.config;
      if (key === undefined || replay === undefined || isStream(request)) return;
      await claim(request, reply, readKey(key), replay);
    });

    async function claim(
      request: FastifyRequest,
      reply: FastifyReply,
      key: string,
      { restore }: Replay,
    ): Promise<FastifyReply | undefined> {
      const { owner } = request;
      const { claimed, fingerprints, place } = await engine.withKeys(async ({ sql, current }) => {
        const { fingerprints, number } = current;
        const place: Place = {
          ownerId: owner === null ? NOBODY : engine.users.of(owner, "the user").uuid,
          route: `${request.method} ${request.routeOptions.url}`,
          keyDigest: fingerprints.of(`key ${key}`),
        };
        const body = fingerprints.of(`body ${JSON.stringify(request.body)}`);
        const claimed = await claims.take(sql, {
          place,
          fingerprint: body,
          isUser: owner !== null,
          keyNumber: number,
        });
        return { claimed, fingerprints, place };
      });
      if ("claim" in claimed) {
        request.claim = claimed.claim;
        request.fingerprints = fingerprints;
        return;
      }
      if ("answer" in claimed) {
        const kept = fingerprints.decryptAnswer(claimed.answer, contextOf(place));
        if (kept === null) return; // not ours to read any more: the work is done again
        const data = await restore(request, JSON.parse(kept));
        return reply.header("idempotency-replayed", "true").send({ success: true, data });
      }
      if (claimed.refused === "reused") {
        throw new ContactSyncError(
          "IDEMPOTENCY_KEY_REUSED",
          "the key came with another body before",
        );
      }
      reply.header("retry-after", claimed.retryAfterSeconds);
      throw new ContactSyncError(
        "IDEMPOTENCY_KEY_IN_USE",
        "the first request is not answered yet",
        {
          details: { retry_after_seconds: claimed.retryAfterSeconds },
        },
      );
    }

    app.addHook<{ data: object }>("preSerialization", async (request, reply, payload) => {
      if (request.claim !== null && reply.statusCode === 200) {
        request.kept = request.routeOptions.config.replay?.keep(payload.data);
      }
      return payload;
    });

    app.addHook("onSend", async (request, reply, payload) => {
      const { claim, fingerprints, kept } = request;
      if (claim === null || fingerprints === null) return payload;
      request.claim = null;
      if (reply.statusCode === 200 && kept !== undefined) {
        // The work is done and committed: an answer that can't be kept is given all the same, and
        // one that can't be kept yet as well. Until it is, the key is in use.
        const closed = fingerprints.encryptAnswer(JSON.stringify(kept), contextOf(claim));
        await forAMoment(
          claims.keep(claim, closed).catch(() => {}),
          PATIENCE_MS,
        );
        return payload;
      }
      // Before the answer, so that whoever repeats the request at once does not meet its own claim;
      // but 503 may mean that the database is away, and its answer must not wait for it.
      const released = claims.release(claim).catch(() => {});
      if (reply.statusCode !== 503) await forAMoment(released, PATIENCE_MS);
      return payload;
    });
  },
);

function contextOf({ ownerId, route, keyDigest }: Place): string {
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
