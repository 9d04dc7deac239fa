import { getDiscoverability, setDiscoverability } from "../../directory/discoverability.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { DiscoverabilityBody, DiscoverabilityData } from "../schemas/consent.ts";
import type { Route } from "./route.ts";

export const discoverabilityRoutes: Route = async (app, { engine }) => {
  app.get(
    "/discoverability",
    {
      schema: {
        operationId: "getDiscoverability",
        tags: ["consent"],
        summary: "Who finds the caller by their number",
        response: answers(DiscoverabilityData),
      },
    },
    async (request) => ({
      success: true as const,
      data: await getDiscoverability(engine, ownerOf(request)),
    }),
  );

  app.put(
    "/discoverability",
    {
      schema: {
        operationId: "setDiscoverability",
        tags: ["consent"],
        summary: "Choose who finds the caller by their number",
        description:
          "At once no read or answer shows the caller to anybody else. Those who had found them are told through their changes, soon after.",
        body: DiscoverabilityBody,
        response: answers(DiscoverabilityData),
      },
    },
    async (request) => {
      const user = ownerOf(request);
      await setDiscoverability(engine, user, request.body.discoverable);
      return { success: true as const, data: await getDiscoverability(engine, user) };
    },
  );
};
