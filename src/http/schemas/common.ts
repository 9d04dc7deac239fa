import { type ErrorCode, MAX_BATCH_SIZE, MIN_RECOMMENDED_BATCH_SIZE } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { type Static, type TSchema, Type } from "typebox";
import { DEVICE, FRIEND, FRIENDS_HASH } from "./examples.ts";

// The words that several endpoints share. What validates is what /openapi.json shows.

export const Uuid = Type.String({
  pattern: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
  description: "A UUID.",
});

export const WHAT_A_USER_ID_IS = "What the app calls the user.";

/**
 * What the app calls a user: a UUID, or a text of any form. Which of them, the engine says when it
 * validates, and the document says it for this service (`withUserIds`).
 */
export const UserId = Type.String({
  userId: true,
  description: WHAT_A_USER_ID_IS,
});

export const PhoneHash = Type.String({
  pattern: "^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$",
  description: "The first 16 bytes of SHA-256 over the E.164 number in hex, or all 32.",
});

export const Time = Type.String({
  maxLength: 40,
  pattern: "^\\d{4}-\\d{2}-\\d{2}",
  description: "A time in ISO 8601; without a zone it is UTC.",
});

export const Region = Type.String({
  pattern: "^[A-Za-z]{2}$",
  description: "Where national numbers are dialled, two letters such as EG.",
});

export const DeviceId = Type.String({
  pattern: "^[A-Za-z0-9._-]{1,64}$",
  description: "What the app calls this installation of it, 1 to 64 of A–Z a–z 0–9 . _ -",
});

export const Digest = Type.String({
  maxLength: 43,
  description:
    "Of a set of phone hashes: how many they are, a hyphen, and the XOR of their 16 bytes in 32 hex characters.",
});

export const BatchSize = Type.Integer({
  minimum: MIN_RECOMMENDED_BATCH_SIZE,
  maximum: MAX_BATCH_SIZE,
  description: "Rows an INSERT; default what fits the count.",
});

export const Count = Type.Integer({ minimum: 0 });
export const Nullable = <Schema extends TSchema>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** Read by the plugin, which says more of what is wrong; described here. */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      description:
        "1 to 255 visible ASCII characters, new for every new request. A repeat within 24 hours gets the first answer again, with the matches of now.",
    }),
  ),
});

export const PhoneHashParams = Type.Object({
  phoneHash: { ...PhoneHash, examples: [FRIENDS_HASH] },
});
export const DeviceParams = Type.Object({ deviceId: { ...DeviceId, examples: [DEVICE] } });
export const UserParams = Type.Object({ userId: { ...UserId, examples: [FRIEND] } });

/** The envelope of every answer that succeeded. */
const success = <Data extends TSchema>(data: Data) =>
  Type.Object({ success: Type.Literal(true), data });

/** RFC 9457 problem details with the guide's envelope. */
export const Problem = Type.Object(
  {
    success: Type.Literal(false),
    code: Type.Unsafe<ErrorCode>(Type.String({ enum: Object.keys(ERRORS) })),
    message: Type.String({ description: "The code and what was wrong." }),
    type: Type.String({ description: "A URN that ends in the code." }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    cure: Type.String({ description: "What to do." }),
    index: Type.Optional(Type.Integer({ description: "Position of the item at fault, from 0." })),
    pointer: Type.Optional(Type.String({ description: "JSON pointer to the field at fault." })),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    request_id: Type.String(),
  },
  { $id: "Problem", description: "What went wrong, where, and what to do." },
);
export type ProblemBody = Static<typeof Problem>;

const problem = (description: string) => ({
  description,
  content: {
    "application/problem+json": { schema: Type.Unsafe<ProblemBody>({ $ref: "Problem#" }) },
  },
});

/**
 * The answers of an endpoint: its own, and the problems any endpoint may have.
 *
 * @param otherForms its own in other content types than JSON
 */
export const answers = <Data extends TSchema>(data: Data, otherForms: object = {}) => ({
  200: {
    description: "It is done.",
    content: { "application/json": { schema: success(data) }, ...otherForms },
  },
  "4xx": problem("The request was refused; nothing was written."),
  "5xx": problem("The service could not answer; repeating the request is safe."),
});
