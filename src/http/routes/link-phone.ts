import { linkNumber } from "../../directory/link.ts";
import { numberOf } from "../read-number.ts";
import { answers, UserParams } from "../schemas/common.ts";
import { LinkBody, LinkData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const linkPhoneRoute: Route = async (app, { engine }) => {
  app.put(
    "/users/:userId/phones",
    {
      schema: {
        operationId: "linkPhone",
        tags: ["directory"],
        summary: "Link a verified number to a user",
        description:
          "A newer verification takes the number over from whoever had it; an older one than the one on record is refused with 409. Those who have the number in their book find the user at once; where a transaction is at work in a book, as soon as it has ended.",
        params: UserParams,
        body: LinkBody,
        response: answers(LinkData),
      },
    },
    async ({ params, body }) => ({
      success: true as const,
      data: await linkNumber(engine, params.userId, numberOf(body), {
        verifiedAt: body.verifiedAt,
        defaultRegion: body.defaultRegion,
        announce: body.announce,
      }),
    }),
  );
};
