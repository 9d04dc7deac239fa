import { isContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { syncDelta } from "../../contacts/devices/delta.ts";
import { accountOf, ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { DeltaBody, DeltaData } from "../schemas/devices.ts";
import { timedBy } from "../server-timing.ts";
import type { CountedRoute } from "./route.ts";

export const syncDeltaRoute: CountedRoute = async (app, { engine, metrics }) => {
  app.post(
    "/contacts/sync/delta",
    {
      schema: {
        operationId: "syncDelta",
        tags: ["sync"],
        summary: "Sync what has changed on a device since its last sync",
        description:
          "Answers whose link has changed meanwhile, too. With nothing added and nothing removed it costs one read. Safe to repeat, without an Idempotency-Key: the same delta again is answered again. 409 SYNC_TOKEN_EXPIRED and SYNC_DIGEST_MISMATCH change nothing, and their cure is a full sync of the device.",
        body: DeltaBody,
        response: answers(DeltaData),
      },
    },
    async (request, reply) => {
      const result = await syncDelta(engine, ownerOf(request), request.body, {
        ...accountOf(request),
        onTimings: timedBy(reply),
      }).catch((error) => {
        if (isContactSyncError(error) && ERRORS[error.code].status < 500) {
          metrics.countDelta("refused");
        }
        if (error.code === "NEW_NUMBER_BUDGET_EXCEEDED") metrics.countBudgetRefusal();
        throw error;
      });
      const { added, removed } = request.body;
      const isUnchanged = added.length === 0 && removed.length === 0;
      metrics.countDelta(isUnchanged ? "unchanged" : "changed");
      if (!isUnchanged) metrics.countWrite(result);
      return { success: true as const, data: { ...result, sync_completed: true } };
    },
  );
};
