import { beginSession } from "../../contacts/devices/session.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { BeginSessionBody, SessionData } from "../schemas/devices.ts";
import type { Route } from "./route.ts";

export const beginSessionRoute: Route = async (app, { engine }) => {
  app.post(
    "/contacts/sync/sessions",
    {
      schema: {
        operationId: "beginSession",
        tags: ["sync"],
        summary: "Begin a full sync of a device in parts",
        description:
          "For a book that is larger than one request, up to 1,000,000 contacts. Nothing of it shows before the commit. A session that no part has come to for a day is dropped, and so is an open session of the same device.",
        body: BeginSessionBody,
        response: answers(SessionData),
      },
    },
    async (request) => ({
      success: true as const,
      data: await beginSession(engine, ownerOf(request), request.body),
    }),
  );
};
