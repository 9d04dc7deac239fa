import { commitSession } from "../../contacts/devices/commit-session.ts";
import { estimateByGuide } from "../../contacts/statistics/estimate.ts";
import { accountOf, ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { CommitBody, SessionParams } from "../schemas/devices.ts";
import { SyncData } from "../schemas/sync.ts";
import type { CountedRoute } from "./route.ts";

export const commitSessionRoute: CountedRoute = async (app, { engine, metrics }) => {
  app.post(
    "/contacts/sync/sessions/:sessionId/commit",
    {
      schema: {
        operationId: "commitSession",
        tags: ["sync"],
        summary: "Store a session, all of it at once",
        description:
          "Answers as a sync of all its parts, one behind the other; positions are counted over all of them. 409 SESSION_INCOMPLETE, SESSION_CHANGED and SYNC_DIGEST_MISMATCH store nothing. A session ends with its commit: whoever lost the answer meets 404, and begins a new one, which stores nothing twice.",
        params: SessionParams,
        body: CommitBody,
        response: answers(SyncData),
      },
    },
    async (request) => {
      const { sessionId } = request.params;
      const result = await commitSession(engine, ownerOf(request), sessionId, {
        ...request.body,
        ...accountOf(request),
      }).catch((error) => {
        if (error.code === "NEW_NUMBER_BUDGET_EXCEEDED") metrics.countBudgetRefusal();
        throw error;
      });
      metrics.countWrite(result);
      const received = result.total_processed + result.duplicates;
      return {
        success: true as const,
        data: {
          ...result,
          sync_completed: true,
          performance_estimate: estimateByGuide(received, result.batch_size),
        },
      };
    },
  );
};
