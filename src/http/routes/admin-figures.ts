import { DEFAULT_STATISTICS_DAYS, type OperationHistory } from "@contact-sync/client";
import { readFailures } from "../../operation/failures.ts";
import { readHistory } from "../../operation/history.ts";
import { readOverview } from "../../operation/overview.ts";
import { answers } from "../schemas/common.ts";
import { DaysQuery, FailuresData, HistoryData, OverviewData } from "../schemas/operation.ts";
import { sharedAnswer } from "../shared-answer.ts";
import { VERSION } from "../version.ts";
import type { Route } from "./route.ts";

/** What the whole service does: today, each day, and what failed. */
export const figureRoutes: Route = async (app, { engine }) => {
  // However many pages are open, each question is asked of the database once at a time.
  const overview = sharedAnswer(() => readOverview(engine), 0);
  const histories = new Map<number, () => Promise<OperationHistory>>();
  const historyOf = (days = DEFAULT_STATISTICS_DAYS) => {
    const shared = histories.get(days) ?? sharedAnswer(() => readHistory(engine, days), 0);
    histories.set(days, shared);
    return shared();
  };

  app.get(
    "/admin/overview",
    {
      schema: {
        operationId: "getOverview",
        tags: ["operation"],
        summary: "Today, and how things stand now",
        description:
          "Syncs since midnight (UTC), the directory, books, links that wait, what is stored, webhooks and suspects. What there is much of is estimated by the database's own statistics.",
        response: answers(OverviewData),
      },
    },
    async () => ({ success: true as const, data: { ...(await overview()), version: VERSION } }),
  );

  app.get(
    "/admin/history",
    {
      schema: {
        operationId: "getHistory",
        tags: ["operation"],
        summary: "Each of the last days",
        description: "A row for each UTC day, the oldest first, also for those without a sync.",
        querystring: DaysQuery,
        response: answers(HistoryData),
      },
    },
    async ({ query }) => ({ success: true as const, data: await historyOf(query.days) }),
  );

  app.get(
    "/admin/failures",
    {
      schema: {
        operationId: "getFailures",
        tags: ["operation"],
        summary: "Failed syncs by what was wrong",
        description: "With what to do, the most frequent first.",
        querystring: DaysQuery,
        response: answers(FailuresData),
      },
    },
    async ({ query }) => ({ success: true as const, data: await readFailures(engine, query.days) }),
  );
};
