import { Type } from "typebox";
import type { Metrics } from "../metrics.ts";
import type { Route } from "./route.ts";

export const metricsRoute: Route<{ metrics: Metrics }> = async (app, { metrics }) => {
  app.get(
    "/metrics",
    {
      schema: {
        operationId: "getMetrics",
        tags: ["operation"],
        summary: "Metrics for Prometheus",
        response: {
          200: {
            description: "In Prometheus's text format.",
            content: { "text/plain": { schema: Type.String() } },
          },
        },
      },
    },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
};
