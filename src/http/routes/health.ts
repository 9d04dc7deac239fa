import { Type } from "typebox";
import { answers } from "../schemas/common.ts";
import { sharedAnswer } from "../shared-answer.ts";
import type { Route } from "./route.ts";

const Health = Type.Object({ status: Type.String() });

export const healthRoutes: Route<{ checkReadiness: () => Promise<void>; keptMs: number }> = async (
  app,
  { checkReadiness, keptMs },
) => {
  // Anybody may ask, and as often as they like.
  const assertReady = sharedAnswer(checkReadiness, keptMs);

  app.get(
    "/healthz",
    {
      exposeHeadRoute: true,
      schema: {
        operationId: "getLiveness",
        tags: ["operation"],
        summary: "Whether the process runs",
        response: answers(Health),
      },
    },
    async () => ({ success: true as const, data: { status: "alive" } }),
  );

  app.get(
    "/readyz",
    {
      exposeHeadRoute: true,
      schema: {
        operationId: "getReadiness",
        tags: ["operation"],
        summary: "Whether it can serve: the database answers, is migrated and takes writes",
        response: answers(Health),
      },
    },
    async () => {
      app.assertStaying();
      await assertReady();
      return { success: true as const, data: { status: "ready" } };
    },
  );
};
