import { getSyncStatus } from "../../contacts/book/status.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { StatusData } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const statusRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts/sync/status",
    {
      schema: {
        operationId: "getSyncStatus",
        tags: ["sync"],
        summary: "The caller's last sync",
        response: answers(StatusData),
      },
    },
    async (request) => {
      const status = await getSyncStatus(engine, ownerOf(request));
      const lastSyncAt = status.last_sync_at?.toISOString() ?? null;
      return { success: true as const, data: { ...status, last_sync_at: lastSyncAt } };
    },
  );
};
