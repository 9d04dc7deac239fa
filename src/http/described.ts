import type { FastifyContextConfig, FastifySchema } from "fastify";
import { MAX_USER_ID_CHARACTERS } from "../input/arguments.ts";
import type { UserIdKind } from "../security/user-ids.ts";
import type { Takes } from "./plugins/authentication.ts";
import { Uuid, WHAT_A_USER_ID_IS } from "./schemas/common.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the document says of the body, where it says more than is validated before the call. */
    describedBody?: unknown;
  }
}

const TOKENS: Record<Takes, { said: string; security: Record<string, string[]>[] }> = {
  user: { said: "a user's", security: [{ user: [] }] },
  either: { said: "a user's, or the back end's", security: [{ user: [] }, { service: [] }] },
  service: { said: "the back end's", security: [{ service: [] }] },
};
const NO_TOKEN = "none";

/** A route's schema as the document has it, with the token that it takes. */
export function described(
  schema: FastifySchema = {},
  { describedBody, takes }: FastifyContextConfig = {},
): FastifySchema {
  const { description } = schema as { description?: string };
  const { said = NO_TOKEN, security } = takes === undefined ? {} : TOKENS[takes];
  return {
    ...schema,
    ...(describedBody === undefined ? {} : { body: describedBody }),
    description: [`**Token:** ${said}.`, ...(description === undefined ? [] : [description])].join(
      "\n\n",
    ),
    ...(security === undefined ? {} : { security }),
  };
}

/** What the document says of a user's id; the same rule as the engine's. */
const USER_IDS: Record<UserIdKind, object> = {
  uuid: Uuid,
  text: {
    type: "string",
    minLength: 1,
    maxLength: MAX_USER_ID_CHARACTERS,
    description: WHAT_A_USER_ID_IS,
  },
};

/** A schema with users' ids as this service has them. */
export function withUserIds<Schema>(schema: Schema, kind: UserIdKind): Schema {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map((part) => withUserIds(part, kind)) as Schema;
  if ("userId" in schema && schema.userId === true) {
    // Those of the demo's data, whose users are UUIDs.
    const examples = kind === "uuid" && "examples" in schema ? { examples: schema.examples } : {};
    return { ...USER_IDS[kind], ...examples } as Schema;
  }
  const parts = Object.entries(schema).map(([name, part]) => [name, withUserIds(part, kind)]);
  return Object.fromEntries(parts) as Schema;
}

interface OperationBody {
  required?: boolean;
  content: Record<string, Media>;
}

interface Media {
  schema?: { anyOf?: { type?: string; examples?: readonly unknown[] }[] };
  example?: unknown;
}

interface DescribedOperation {
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, unknown>[];
  readonly requestBody?: OperationBody;
}

type Paths = Record<string, Record<string, DescribedOperation>>;

/**
 * A body that validates when it is null may be absent. OpenAPI says that with `required`, which
 * the generator always sets.
 */
export function withOptionalBodies<Document extends { paths?: object | undefined }>(
  document: Document,
): Document {
  for (const path of Object.values((document.paths ?? {}) as Paths)) {
    for (const { requestBody } of Object.values(path)) {
      const media = requestBody?.content["application/json"];
      const forms = media?.schema?.anyOf?.filter(({ type }) => type !== "null");
      if (requestBody === undefined || media === undefined || forms?.length !== 1) continue;
      const { examples, ...schema } = forms[0] as NonNullable<typeof forms>[number];
      requestBody.required = false;
      media.schema = schema as NonNullable<typeof media.schema>;
      if (examples !== undefined) [media.example] = examples;
    }
  }
  return document;
}

/**
 * In the order in which one needs them: by the order of the document's tags, what users do before
 * what the back end does, and then as they are registered.
 */
export function inOrder<
  Document extends { paths?: object | undefined; tags?: readonly { name: string }[] | undefined },
>(document: Document): Document {
  const tags = (document.tags ?? []).map(({ name }) => name);
  const takes = (security: DescribedOperation["security"] = []) =>
    security.every((scheme) => "user" in scheme) ? 0 : security.length > 1 ? 1 : 2;
  const place = ({ tags: [tag = ""] = [], security }: DescribedOperation) =>
    3 * tags.indexOf(tag) + takes(security);
  const first = (path: Paths[string]) => Math.min(...Object.values(path).map(place));
  const paths = Object.entries((document.paths ?? {}) as Paths);
  return {
    ...document,
    paths: Object.fromEntries(paths.sort(([, one], [, other]) => first(one) - first(other))),
  };
}
