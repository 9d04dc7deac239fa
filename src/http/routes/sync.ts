import { assertRegion, ContactSyncError } from "@contact-sync/client";
import type { FastifyRequest } from "fastify";
import type { Static } from "typebox";
import { estimateByGuide } from "../../contacts/statistics/estimate.ts";
import { findMatches } from "../../contacts/sync/find-matches.ts";
import { hashNumbers, readHashes } from "../../contacts/sync/hash-entries.ts";
import { syncContacts, syncPhoneHashes } from "../../contacts/sync/sync.ts";
import type { SyncTimings } from "../../contacts/sync/sync-options.ts";
import type { Engine } from "../../engine/engine.ts";
import { accountOf, ownerOf } from "../plugins/authentication.ts";
import type { Replay } from "../plugins/idempotency.ts";
import { answers, IdempotencyHeaders } from "../schemas/common.ts";
import { SyncBody, SyncData } from "../schemas/sync.ts";
import { timedBy } from "../server-timing.ts";
import type { CountedRoute } from "./route.ts";

export const syncRoute: CountedRoute = async (app, { engine, metrics }) => {
  app.post(
    "/contacts/sync",
    {
      config: { replay: replayOf(engine) },
      schema: {
        operationId: "syncContacts",
        tags: ["sync"],
        summary: "Sync the caller's address book",
        description:
          "Stores the numbers, links those who have accounts, and answers who they are. Numbers that cannot be read are skipped and listed. With a deviceId, a replace is that device's snapshot, and the answer has the sync_token that its next delta begins with. Safe to repeat; takes an Idempotency-Key.",
        headers: IdempotencyHeaders,
        body: SyncBody,
        response: answers(SyncData),
      },
    },
    async (request, reply) => {
      const { phoneNumbers, phoneHashes, deviceContactsCount, ...options } = request.body;
      if ((phoneNumbers === undefined) === (phoneHashes === undefined)) {
        throw new ContactSyncError("INVALID_REQUEST", "send either phoneNumbers or phoneHashes");
      }
      const timed = timedBy(reply);
      let timings: SyncTimings | undefined;
      const onTimings = (told: SyncTimings) => {
        timings = told;
        timed(told);
      };
      const [sync, entries] =
        phoneNumbers === undefined
          ? [syncPhoneHashes, phoneHashes ?? []]
          : [syncContacts, phoneNumbers];
      const result = await sync(engine, ownerOf(request), entries, deviceContactsCount, {
        ...options,
        ...accountOf(request),
        onTimings,
      }).catch((error) => {
        if (error.code === "NEW_NUMBER_BUDGET_EXCEEDED") metrics.countBudgetRefusal();
        throw error;
      });
      metrics.countWrite(result);
      // The guide's "detailed logging": counts and times, with LOG_LEVEL=debug.
      const { matches: _, repeated: __, sync_token: ___, rejected, ...counts } = result;
      request.log.debug({ ...counts, rejected: rejected.length, timings }, "sync");
      return {
        success: true as const,
        data: {
          ...result,
          sync_completed: true,
          performance_estimate: estimateByGuide(entries.length, result.batch_size),
        },
      };
    },
  );
};

type Data = Static<typeof SyncData>;
type Figures = Omit<Data, "matches" | "rejected" | "repeated">;

/**
 * The figures are the first answer's. Whom it names are those whom the directory confirms now; what
 * could not be read and what was repeated is found out again from the body, which is the same.
 */
function replayOf(engine: Engine): Replay {
  return {
    keep: ({ matches: _, rejected: __, repeated: ___, ...figures }: Data): Figures => figures,
    async restore(request: FastifyRequest, figures: Figures): Promise<Data> {
      const { phoneNumbers, phoneHashes, defaultRegion } = request.body as Static<typeof SyncBody>;
      const hashed =
        phoneNumbers === undefined
          ? readHashes(phoneHashes ?? [], 0)
          : hashNumbers(assertRegion(defaultRegion) ?? engine.defaultRegion)(phoneNumbers, 0);
      const found = await findMatches(engine, ownerOf(request), hashed);
      return { ...figures, matched_contacts: found.matches.length, ...found };
    },
  };
}
