import type { FastifyContextConfig, FastifySchema } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the document says of the body, where it says more than is validated before the call. */
    describedBody?: unknown;
  }
}

/** A route's schema as the document has it. */
export function described(
  url: string,
  schema: FastifySchema = {},
  { describedBody }: FastifyContextConfig = {},
): FastifySchema {
  return {
    ...schema,
    ...(describedBody === undefined ? {} : { body: describedBody }),
    ...(url.startsWith("/api/") ? { security: [{ bearer: [] }] } : {}),
  };
}

interface OperationBody {
  required?: boolean;
  content: Record<string, { schema?: { anyOf?: { type?: string }[] } }>;
}

/**
 * A body that validates when it is null may be absent. OpenAPI says that with `required`, which
 * the generator always sets.
 */
export function withOptionalBodies<Document extends { paths?: object | undefined }>(
  document: Document,
): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const { requestBody } of Object.values<{ requestBody?: OperationBody }>(path)) {
      const media = requestBody?.content["application/json"];
      const forms = media?.schema?.anyOf?.filter(({ type }) => type !== "null");
      if (requestBody === undefined || media === undefined || forms?.length !== 1) continue;
      requestBody.required = false;
      media.schema = forms[0] as NonNullable<typeof media.schema>;
    }
  }
  return document;
}
