import { Type } from "typebox";
import type { Metrics } from "../metrics.ts";
import { sharedAnswer } from "../shared-answer.ts";
import type { Route } from "./route.ts";

export const metricsRoute: Route<{ metrics: Metrics; keptMs: number }> = async (
  app,
  { metrics: { registry }, keptMs },
) => {
  // Anybody may ask, and as often as they like.
  const read = sharedAnswer(() => registry.metrics(), keptMs);

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
      reply.type(registry.contentType);
      return read();
    },
  );
};
