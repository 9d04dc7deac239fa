import { isContactSyncError } from "@contact-sync/client";
import type { FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Engine } from "../../engine/engine.ts";
import { OwnerTurns, type TurnLimits } from "../turns.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Ends the turn of an owner's request. */
    endTurn: (() => void) | null;
  }
}

/**
 * A few requests of each owner at a time, those on their behalf among them. Registered before whatever asks
 * the database for an owner, which is then covered by it.
 */
export const ownerTurns = fastifyPlugin<{ engine: Engine; limits: TurnLimits }>(
  async (app, { engine, limits }) => {
    app.decorateRequest("endTurn", null);
    if (limits.atOnce === 0) return;
    const turns = new OwnerTurns(limits);

    // After the body has come: a phone on a slow line has no turn meanwhile.
    app.addHook("preHandler", async (request, reply) => {
      const { owner } = request;
      if (owner === null) return;
      const giveBack = await turns.take(owner).catch((error) => {
        throw withRetryAfter(error, reply);
      });
      request.endTurn = () => {
        // A failure that is still being written is the owner's as well.
        const writing = engine.failures.of(owner);
        if (writing === undefined) giveBack();
        else writing.then(giveBack);
      };
    });
    app.addHook("onResponse", async (request) => endTurn(request));
  },
);

/**
 * Ends the turn when the answer is there, before it is sent. Registered after whatever still asks
 * the database then.
 */
export const endOfTurn = fastifyPlugin(async (app) => {
  app.addHook("onSend", async (request, _reply, payload) => {
    endTurn(request);
    return payload;
  });
});

function endTurn(request: FastifyRequest): void {
  request.endTurn?.();
  request.endTurn = null;
}

function withRetryAfter(error: unknown, reply: FastifyReply): unknown {
  if (isContactSyncError(error)) {
    reply.header("retry-after", error.details?.["retry_after_seconds"]);
  }
  return error;
}
