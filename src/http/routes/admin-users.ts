import { explain } from "../../operation/explain.ts";
import { reportUser } from "../../operation/user-report.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { ExplainBody, ExplanationData, UserData } from "../schemas/operation.ts";
import type { Route } from "./route.ts";

/** One user, for whoever has to help them. */
export const userRoutes: Route = async (app, { engine }) => {
  app.get(
    "/admin/users/:userId",
    {
      schema: {
        operationId: "getUser",
        tags: ["operation"],
        summary: "One user, as the service sees them",
        description:
          "Figures, devices and the last syncs, no contact. Of somebody who is not known, zeros.",
        params: UserParams,
        response: answers(UserData),
      },
    },
    async ({ params }) => ({
      success: true as const,
      data: await reportUser(engine, params.userId),
    }),
  );

  app.post(
    "/admin/users/:userId/explain",
    {
      schema: {
        operationId: "explainUser",
        tags: ["operation"],
        summary: "Why a user sees, or does not see, who has a number",
        description: "What decides it, one thing after the other. It changes nothing.",
        params: UserParams,
        body: ExplainBody,
        response: answers(ExplanationData),
      },
    },
    async ({ params, body }) => ({
      success: true as const,
      data: await explain(engine, params.userId, body.phoneNumber, {
        defaultRegion: body.defaultRegion,
      }),
    }),
  );
};
