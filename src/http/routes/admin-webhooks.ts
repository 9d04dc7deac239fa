import { Type } from "typebox";
import { type MessageState, outbox } from "../../events/outbox.ts";
import { answers } from "../schemas/common.ts";
import {
  DEFAULT_MESSAGES,
  MessagesData,
  MessagesQuery,
  ReplayBody,
  ReplayedData,
} from "../schemas/operation.ts";
import type { Route } from "./route.ts";

const SET_ASIDE = { waiting: false, failed: true } as const;

/** What the webhook was not told yet. */
export const webhookRoutes: Route = async (app, { engine }) => {
  app.get(
    "/admin/webhooks",
    {
      schema: {
        operationId: "listWebhookMessages",
        tags: ["operation"],
        summary: "Messages for the webhook that were not delivered yet",
        description:
          "With what the receiver answered last, and when each is tried again. Nobody whom a message is about is shown.",
        querystring: MessagesQuery,
        response: answers(MessagesData),
      },
    },
    async ({ query: { state, limit = DEFAULT_MESSAGES } }) => {
      const isSetAside = state === undefined ? null : SET_ASIDE[state];
      const messages = await outbox.list(engine.sql, isSetAside, limit);
      return { success: true as const, data: { messages: messages.map(toMessage) } };
    },
  );

  app.post(
    "/admin/webhooks/replay",
    {
      schema: {
        operationId: "replayWebhookMessages",
        tags: ["operation"],
        summary: "Have messages that failed delivered again, now",
        description:
          "Those that were given up, and those that wait for their next attempt. Each keeps its id, so that a receiver that had it knows it. One that has not failed, or is gone, is no error.",
        body: Type.Union([ReplayBody, Type.Null()]),
        response: answers(ReplayedData),
      },
    },
    async ({ body }) => ({
      success: true as const,
      data: { replayed: await outbox.replay(engine.sql, body?.message_ids ?? null) },
    }),
  );
};

function toMessage({ changed_at, next_attempt_at, set_aside_at, ...message }: MessageState) {
  return {
    message_id: message.message_id,
    type: message.type,
    owners: message.owners,
    changed_at: changed_at.toISOString(),
    attempts: message.attempts,
    last_failure: message.last_failure,
    next_attempt_at: next_attempt_at?.toISOString() ?? null,
    set_aside_at: set_aside_at?.toISOString() ?? null,
  };
}
