import { ContactSyncError, isContactSyncError, MAX_REQUEST_BYTES } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { FastifyError, FastifyRequest } from "fastify";
import { hasUnknownField } from "../input/unknown-field.ts";
import type { ProblemBody } from "./schemas/common.ts";

/** What Fastify's own faults are in our words, by its code. */
const OF_FASTIFY: Record<string, () => ContactSyncError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new ContactSyncError(
      "PAYLOAD_TOO_LARGE",
      `a request body may have ${MAX_REQUEST_BYTES} bytes`,
      {
        details: { limit: MAX_REQUEST_BYTES },
      },
    ),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new ContactSyncError("UNSUPPORTED_MEDIA_TYPE", "the endpoint does not take this content type"),
  FST_ERR_CTP_INVALID_JSON_BODY: () =>
    new ContactSyncError("INVALID_REQUEST", "the body is not JSON"),
  FST_ERR_BAD_URL: () =>
    new ContactSyncError(
      "INVALID_REQUEST",
      "the path is not percent-encoded UTF-8 (a % that stands for itself is %25)",
    ),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    new ContactSyncError("INVALID_REQUEST", "a part of the path is too long to be an id"),
};

/** A problem and where in the request it is. */
interface Located {
  readonly error: ContactSyncError;
  readonly pointer?: string;
}

/** Any fault as an error of ours. One that nobody expected is INTERNAL and says nothing of itself. */
function locate(fault: FastifyError | Error, request: FastifyRequest): Located {
  if (isContactSyncError(fault)) return { error: fault };
  const { code = "", validation, validationContext, statusCode = 500 } = fault as FastifyError;
  const known = OF_FASTIFY[code];
  if (known !== undefined) return { error: known() };
  if (validation?.[0] !== undefined) {
    return invalid(validation[0], validationContext ?? "body", request);
  }
  if (statusCode >= 400 && statusCode < 500) {
    return { error: new ContactSyncError("INVALID_REQUEST", "the request cannot be parsed") };
  }
  return { error: new ContactSyncError("INTERNAL", "an unexpected fault", { cause: fault }) };
}

type Violation = NonNullable<FastifyError["validation"]>[number];

/** The schema's sentence names rules, never values; so may ours. */
function invalid(
  { keyword, instancePath, params, message }: Violation,
  context: string,
  { routeOptions }: FastifyRequest,
): Located {
  const pointer = `/${context}${instancePath}`;
  if (keyword === "maxItems") {
    const { limit } = params as { limit: number };
    const error = new ContactSyncError(
      "CONTACTS_LIMIT_EXCEEDED",
      `at most ${limit} contacts a request`,
      { details: { limit } },
    );
    return { error, pointer };
  }
  if (instancePath === "/batchSize") {
    const error = new ContactSyncError(
      "INVALID_BATCH_SIZE",
      "batchSize must be a whole number from 100 to 1000",
    );
    return { error, pointer };
  }
  const schemas = routeOptions.schema as Record<string, Schema> | undefined;
  const sentence = sentenceOf(keyword, params, schemas?.[context] ?? {}) ?? message;
  return { error: new ContactSyncError("INVALID_REQUEST", `${pointer} ${sentence}`), pointer };
}

/** What says more than the validator's own sentence, if anything does. */
function sentenceOf(
  keyword: string,
  params: Violation["params"],
  schema: Schema,
): string | undefined {
  // The pointer names only what the schema names; what a client calls a further field may be
  // somebody's number.
  if (keyword === "additionalProperties") {
    return hasUnknownField(String(params["additionalProperty"]), fieldsOf(schema));
  }
  if (keyword === "enum") {
    return `must be one of ${(params["allowedValues"] as string[]).join(", ")}`;
  }
  return undefined;
}

interface Schema {
  readonly properties?: object;
  readonly anyOf?: readonly Schema[];
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** The names of all that a schema, or one of several, has. */
function fieldsOf({ properties = {}, anyOf = [], content = {} }: Schema): string[] {
  const others = [...anyOf, ...Object.values(content).map(({ schema }) => schema)];
  return [...Object.keys(properties), ...others.flatMap(fieldsOf)];
}

/** What a request is answered with for a fault. */
export function problemOf(fault: Error, request: FastifyRequest): ProblemBody {
  const { error, pointer } = locate(fault, request);
  return problemBody(error, request.id, pointer);
}

/** The body of a problem (RFC 9457) in the guide's envelope. */
export function problemBody(
  error: ContactSyncError,
  requestId: string,
  pointer?: string,
): ProblemBody {
  const { status, title, cure } = ERRORS[error.code];
  return {
    success: false,
    code: error.code,
    message: error.message,
    type: `urn:contact-sync:error:${error.code}`,
    title,
    status,
    detail: error.message.slice(error.code.length + 2),
    cure,
    ...(error.index === undefined ? {} : { index: error.index }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
    request_id: requestId,
  };
}
