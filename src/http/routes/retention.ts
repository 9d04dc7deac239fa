import { getRetention } from "../../directory/retention.ts";
import { answers } from "../schemas/common.ts";
import { RetentionData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const retentionRoute: Route = async (app, { engine }) => {
  app.get(
    "/admin/retention",
    {
      schema: {
        operationId: "getRetention",
        tags: ["operation"],
        summary: "How long what is kept, and what would go now",
        description: "It looks at every owner. The service removes what is expired every hour.",
        response: answers(RetentionData),
      },
    },
    async () => ({ success: true as const, data: await getRetention(engine) }),
  );
};
