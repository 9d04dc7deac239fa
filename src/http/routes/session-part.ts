import { putSessionPart } from "../../contacts/devices/session.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { PartBody, PartData, PartParams } from "../schemas/devices.ts";
import type { Route } from "./route.ts";

export const sessionPartRoute: Route = async (app, { engine }) => {
  app.put(
    "/contacts/sync/sessions/:sessionId/parts/:part",
    {
      schema: {
        operationId: "putSessionPart",
        tags: ["sync"],
        summary: "Send a part of a session",
        description: "In any order, and as often as needed: the same part again takes its place.",
        params: PartParams,
        body: PartBody,
        response: answers(PartData),
      },
    },
    async (request) => {
      const { sessionId, part } = request.params;
      const { phoneHashes } = request.body;
      const owner = ownerOf(request);
      const received = await putSessionPart(engine, owner, sessionId, part, phoneHashes);
      return { success: true as const, data: { part, received } };
    },
  );
};
