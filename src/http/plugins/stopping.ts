import { ContactSyncError } from "@contact-sync/client";
import fastifyPlugin from "fastify-plugin";

/** Once the service is told to stop, requests under way finish and new ones are turned away. */
export const stopping = fastifyPlugin(async (app) => {
  let isStopping = false;
  app.addHook("preClose", async () => {
    isStopping = true;
  });
  app.addHook("onRequest", async () => {
    if (isStopping) throw new ContactSyncError("OVERLOADED", "the service is stopping");
  });
  // Also of a request that was under way: its connection would keep the process for a minute.
  app.addHook("onSend", async (_request, reply) => {
    if (isStopping) reply.header("connection", "close");
  });
});
