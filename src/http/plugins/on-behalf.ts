import type { FastifySchema } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { type TObject, Type } from "typebox";
import { UserParams } from "../schemas/common.ts";
import { GUIDES_HASH, OWNER } from "../schemas/examples.ts";
import { serviceOnly } from "./authentication.ts";

/**
 * Everything registered beside it is done by the app's back end for a user, whom the path names before
 * all else: `/users/:userId`. What counts by owner counts for that user.
 */
export const onBehalf = fastifyPlugin(async (app) => {
  await app.register(serviceOnly);
  app.addHook("onRoute", (route) => {
    route.config = { ...route.config, isOnBehalf: true };
    route.schema = forUser(route.schema as Described);
  });
});

const USER = { ...UserParams.properties.userId, examples: [OWNER] };

type Described = FastifySchema & {
  readonly operationId: string;
  readonly summary: string;
  readonly params?: TObject;
};

/** The schema of what users do for themselves, with the user in the path. */
function forUser({ operationId, summary, params, ...schema }: Described): FastifySchema {
  return {
    ...schema,
    operationId: `${operationId}ForUser`,
    tags: ["on behalf"],
    summary: summary.replace(/(?<=\b[Tt]he )caller\b/g, "user"),
    description: `As ${operationId}, for the user that the path names; for the app's back end alone.`,
    params: Type.Object({ userId: USER, ...inBook(params?.properties) }),
  };
}

/** On the page a device is forgotten before a contact is deleted, and takes what it holds with it. */
function inBook({ phoneHash, ...others }: TObject["properties"] = {}): TObject["properties"] {
  if (phoneHash === undefined) return others;
  return { ...others, phoneHash: { ...phoneHash, examples: [GUIDES_HASH] } };
}
