import type { FastifyReply } from "fastify";
import type { SyncTimings } from "../contacts/sync/sync-options.ts";

/**
 * Notes how long the parts of a sync took, for its answer's Server-Timing: in whole milliseconds,
 * which say where the time goes. Finer ones would give whoever tries numbers the database's own time,
 * free of what the network adds to it.
 */
export function timedBy(reply: FastifyReply): (timings: SyncTimings) => void {
  return ({ normalize, hash, database }) => {
    const parts = Object.entries({ normalize, hash, database });
    const text = parts.map(([part, ms]) => `${part};dur=${Math.round(ms)}`).join(", ");
    reply.header("server-timing", text);
  };
}
