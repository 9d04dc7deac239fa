import { changeForgotten } from "../../directory/forget-number.ts";
import { numberOf } from "../read-number.ts";
import { answers } from "../schemas/common.ts";
import { ForgetBody, ForgottenNumberData } from "../schemas/directory.ts";
import type { Route } from "./route.ts";

export const forgetNumberRoutes: Route = async (app, { engine }) => {
  app.post(
    "/directory/forget-number",
    {
      schema: {
        operationId: "forgetNumber",
        tags: ["directory"],
        summary: "Forget a number of somebody who has no account",
        description:
          "Once the app has verified that it is theirs. It leaves every book, and no sync stores it again, until they join or lift it. A number that belongs to a user is refused with 409.",
        body: ForgetBody,
        response: answers(ForgottenNumberData),
      },
    },
    async ({ body }) => ({
      success: true as const,
      data: await changeForgotten(engine, "forget_phone", numberOf(body), {
        defaultRegion: body.defaultRegion,
      }),
    }),
  );

  app.post(
    "/directory/lift-number",
    {
      schema: {
        operationId: "liftNumber",
        tags: ["directory"],
        summary: "Lift the forgetting of a number",
        description: "Syncs store it again from now on. One that was not forgotten is no error.",
        body: ForgetBody,
        response: answers(ForgottenNumberData),
      },
    },
    async ({ body }) => ({
      success: true as const,
      data: await changeForgotten(engine, "lift_forgotten_phone", numberOf(body), {
        defaultRegion: body.defaultRegion,
      }),
    }),
  );
};
