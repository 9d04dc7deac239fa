import { ContactSyncError } from "@contact-sync/client";
import underPressure from "@fastify/under-pressure";
import fastifyPlugin from "fastify-plugin";

// Normalising 10,000 national numbers holds the event loop for some hundred milliseconds; a second
// means that several such requests queue up, and a further one would only wait with them.
const MAX_EVENT_LOOP_DELAY_MS = 1_000;
// Starting keeps the event loop busy as well, and the first samples still tell of that.
const START_MS = 2_000;

/** Turns requests away while the event loop is late, instead of letting all of them wait. */
export const pressure = fastifyPlugin<{ maxDelayMs?: number | undefined }>(
  async (app, { maxDelayMs = MAX_EVENT_LOOP_DELAY_MS }) => {
    if (maxDelayMs === 0) return;
    let countsFrom = Number.POSITIVE_INFINITY;
    app.addHook("onListen", async () => {
      countsFrom = performance.now() + START_MS;
    });
    await app.register(underPressure, {
      maxEventLoopDelay: maxDelayMs,
      pressureHandler: async () => {
        if (performance.now() < countsFrom) return;
        throw new ContactSyncError("OVERLOADED", "the service has too much to do");
      },
    });
  },
);
