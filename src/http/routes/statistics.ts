import { getSyncStatistics } from "../../contacts/statistics/statistics.ts";
import { answers } from "../schemas/common.ts";
import { StatisticsData, StatisticsQuery } from "../schemas/sync.ts";
import type { Route } from "./route.ts";

export const statisticsRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts/sync/statistics",
    {
      schema: {
        operationId: "getSyncStatistics",
        tags: ["sync"],
        summary: "The syncs of the last days",
        description: "A user sees their own; the app's back end sees the whole service.",
        querystring: StatisticsQuery,
        response: answers(StatisticsData),
      },
    },
    async ({ query, owner }) => ({
      success: true as const,
      data: await getSyncStatistics(engine, query.days, owner === null ? {} : { ownerId: owner }),
    }),
  );
};
