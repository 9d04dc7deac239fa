import { unlinkNumbers } from "../../directory/unlink.ts";
import { numberOf } from "../read-number.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { LinkData, UnlinkBody } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const unlinkPhoneRoute: Route = async (app, { engine }) => {
  app.delete(
    "/users/:userId/phones",
    {
      schema: {
        operationId: "unlinkPhone",
        tags: ["directory"],
        summary: "Take a number of a user out of the directory",
        description: "Only while it belongs to this user; otherwise nothing changes.",
        params: UserParams,
        body: UnlinkBody,
        response: answers(LinkData),
      },
    },
    async ({ params, body }) => {
      const { phones_unlinked, ...rest } = await unlinkNumbers(engine, [numberOf(body)], {
        userId: params.userId,
        defaultRegion: body.defaultRegion,
      });
      return { success: true as const, data: { changed: phones_unlinked > 0, ...rest } };
    },
  );
};
