import { estimateSyncPerformance } from "../../contacts/statistics/estimate.ts";
import { answers } from "../schemas/common.ts";
import { EstimateBody, EstimateData } from "../schemas/sync.ts";
import type { Route } from "./route.ts";

export const estimateRoute: Route = async (app, { engine }) => {
  app.post(
    "/contacts/sync/estimate",
    {
      schema: {
        operationId: "estimateSync",
        tags: ["sync"],
        summary: "Estimate what a sync takes",
        body: EstimateBody,
        response: answers(EstimateData),
      },
    },
    async ({ body }) => ({
      success: true as const,
      data: await estimateSyncPerformance(engine, body.contactCount, body.batchSize),
    }),
  );
};
