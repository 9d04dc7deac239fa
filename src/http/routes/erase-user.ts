import { eraseUser } from "../../directory/erase-user.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { ErasureData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const eraseUserRoute: Route = async (app, { engine }) => {
  app.delete(
    "/users/:userId",
    {
      schema: {
        operationId: "eraseUser",
        tags: ["directory"],
        summary: "Erase a user",
        description:
          "Book, numbers, links to them, status; their syncs become counts. Somebody unknown is no error.",
        params: UserParams,
        response: answers(ErasureData),
      },
    },
    async ({ params }) => ({
      success: true as const,
      data: await eraseUser(engine, params.userId),
    }),
  );
};
