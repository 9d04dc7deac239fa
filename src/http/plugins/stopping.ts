import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import fastifyPlugin from "fastify-plugin";

declare module "fastify" {
  interface FastifyInstance {
    /**
     * Tells by its readiness that it is about to stop, and goes on answering for so long: whoever
     * sends traffic has to notice first, or sends some to where nobody listens any more.
     */
    drain(seconds: number): Promise<void>;
    /** @throws ContactSyncError `OVERLOADED` from then on */
    assertStaying(): void;
  }
}

const IS_STOPPING = "the service is stopping";

/** Once the service is told to stop, requests under way finish and new ones are turned away. */
export const stopping = fastifyPlugin(async (app) => {
  let isDraining = false;
  let isStopping = false;
  app.decorate("drain", async (seconds) => {
    isDraining = true;
    await delay(seconds * 1000);
  });
  app.decorate("assertStaying", () => {
    if (isDraining) throw new ContactSyncError("OVERLOADED", IS_STOPPING);
  });
  app.addHook("preClose", async () => {
    isDraining = true;
    isStopping = true;
  });
  app.addHook("onRequest", async () => {
    if (isStopping) throw new ContactSyncError("OVERLOADED", IS_STOPPING);
  });
  // Also of a request that was under way: its connection would keep the process for a minute.
  app.addHook("onSend", async (_request, reply) => {
    if (isDraining) reply.header("connection", "close");
  });
});
