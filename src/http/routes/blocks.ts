import { blockUser, listBlockedUsers, unblockUser } from "../../directory/blocks.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { BlockData, BlockedUserParams, BlocksData, BlocksQuery } from "../schemas/consent.ts";
import type { Route } from "./route.ts";

export const blockRoutes: Route = async (app, { engine }) => {
  app.get(
    "/blocks",
    {
      schema: {
        operationId: "listBlockedUsers",
        tags: ["consent"],
        summary: "A page of those whom the caller has blocked",
        querystring: BlocksQuery,
        response: answers(BlocksData),
      },
    },
    async (request) => {
      const { blocks, next_cursor } = await listBlockedUsers(
        engine,
        ownerOf(request),
        request.query,
      );
      return {
        success: true as const,
        data: {
          blocks: blocks.map(({ user_id, blocked_at }) => ({
            user_id,
            blocked_at: blocked_at.toISOString(),
          })),
          next_cursor,
        },
      };
    },
  );

  for (const { method, operationId, change, summary } of [
    {
      method: "PUT",
      operationId: "blockUser",
      change: blockUser,
      summary: "Keep somebody from finding the caller",
    },
    {
      method: "DELETE",
      operationId: "unblockUser",
      change: unblockUser,
      summary: "Take a block away",
    },
  ]) {
    app.route({
      method,
      url: "/blocks/:blockedUserId",
      schema: {
        operationId,
        tags: ["consent"],
        summary,
        params: BlockedUserParams,
        response: answers(BlockData),
      },
      handler: async (request) => ({
        success: true as const,
        data: { changed: await change(engine, ownerOf(request), request.params.blockedUserId) },
      }),
    });
  }
};
