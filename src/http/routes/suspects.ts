import { listSuspects, releaseOwner } from "../../contacts/suspects/suspects.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { ReleasedData, SuspectsData, SuspectsQuery } from "../schemas/suspects.ts";
import type { Route } from "./route.ts";

export const suspectRoutes: Route = async (app, { engine }) => {
  app.get(
    "/admin/suspects",
    {
      schema: {
        operationId: "listSuspects",
        tags: ["operation"],
        summary: "Owners whose syncs look like an attack",
        description:
          "By score, the highest first, with those who are held. A score is a sum of signs, none of which proves anything.",
        querystring: SuspectsQuery,
        response: answers(SuspectsData),
      },
    },
    async ({ query }) => {
      const suspects = await listSuspects(engine, query);
      const text = (time: Date | null) => time?.toISOString() ?? null;
      return {
        success: true as const,
        data: {
          suspects: suspects.map((suspect) => ({
            ...suspect,
            last_seen_at: text(suspect.last_seen_at),
            first_sync_at: text(suspect.first_sync_at),
            held_at: text(suspect.held_at),
            released_at: text(suspect.released_at),
          })),
        },
      };
    },
  );

  app.post(
    "/admin/suspects/:userId/release",
    {
      schema: {
        operationId: "releaseOwner",
        tags: ["operation"],
        summary: "Release an owner who is held",
        description:
          "They get new links again, and those that were withheld. Somebody who is not held is no error.",
        params: UserParams,
        response: answers(ReleasedData),
      },
    },
    async ({ params }) => ({
      success: true as const,
      data: await releaseOwner(engine, params.userId),
    }),
  );
};
