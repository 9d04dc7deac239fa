import fastifyPlugin from "fastify-plugin";
import type { Metrics } from "../metrics.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Of the problem that it was answered with; null of one that succeeded. */
    problemCode: string | null;
  }
}

/**
 * A line in the log and an observation in the metrics for every request: the route's pattern and
 * not its path, because paths name phone hashes.
 */
export const observation = fastifyPlugin<{ metrics: Metrics }>(async (app, { metrics }) => {
  app.decorateRequest("problemCode", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const { problemCode } = request;
    if (problemCode !== null) metrics.countProblem(route, problemCode);
    request.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      },
      "request",
    );
  });
});
