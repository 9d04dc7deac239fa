import type { FastifyReply } from "fastify";
import type { SyncTimings } from "../contacts/sync/sync-options.ts";

/** Notes how long the parts of a sync took, for its answer's Server-Timing. */
export function timedBy(reply: FastifyReply): (timings: SyncTimings) => void {
  return ({ normalize, hash, database }) => {
    const parts = Object.entries({ normalize, hash, database });
    const text = parts.map(([part, ms]) => `${part};dur=${ms.toFixed(2)}`).join(", ");
    reply.header("server-timing", text);
  };
}
