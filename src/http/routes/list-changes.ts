import { listChanges } from "../../contacts/devices/changes.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { ChangesData, ChangesQuery } from "../schemas/devices.ts";
import type { Route } from "./route.ts";

export const listChangesRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts/changes",
    {
      schema: {
        operationId: "listChanges",
        tags: ["changes"],
        summary: "Whose link has changed since a cursor",
        description:
          "For callers without a device; a delta answers the same. Whoever takes a cursor, lists all contacts and then follows the changes knows at each moment who has an account.",
        querystring: ChangesQuery,
        response: answers(ChangesData),
      },
    },
    async (request) => ({
      success: true as const,
      data: await listChanges(engine, ownerOf(request), request.query),
    }),
  );
};
