import {
  MAX_CHANGES_PER_PAGE,
  MAX_CONTACTS_PER_CALL,
  MAX_HASHES_PER_DELTA,
  MAX_PARTS_PER_SESSION,
} from "@contact-sync/client";
import { Type } from "typebox";
import { Count, DeviceId, Digest, PhoneHash, UserId, Uuid } from "./common.ts";
import { Moment } from "./contacts.ts";
import {
  ADDED_HASH,
  DEVICE,
  LAST_SESSION_ID,
  LAST_SYNC_TOKEN,
  LATER_BOOKS_HASHES,
  LATER_DIGEST,
} from "./examples.ts";
import { ConfirmRemoval, DeviceContactsCount, Mode, Silent, SyncToken, synced } from "./sync.ts";

const hashes = (description: string) =>
  Type.Array(Type.String(), { maxItems: MAX_HASHES_PER_DELTA, description });

export const DeltaBody = Type.Object(
  {
    syncToken: Type.String({
      maxLength: 1_024,
      description: "sync_token of the device's last answer.",
    }),
    digest: Digest,
    added: hashes("Phone hashes that are new on the device, of 32 or 64 hex characters."),
    removed: hashes("And those that are gone; at most 10,000 of both together."),
    confirmRemoval: Type.Optional(ConfirmRemoval),
  },
  {
    additionalProperties: false,
    examples: [
      {
        syncToken: LAST_SYNC_TOKEN,
        digest: LATER_DIGEST,
        added: [ADDED_HASH],
        removed: [],
      },
    ],
  },
);

const changes = Type.Array(
  Type.Object({
    phone_hash: PhoneHash,
    user_id: Type.Union([UserId, Type.Null()], {
      description: "Who has the number now; null: nobody any more.",
    }),
    silent: Silent,
  }),
  { description: "Each contact once whose link has changed, with what is so now." },
);

const RESET =
  "What changed can't be told any more: from here on, to the last page, every contact is listed that is linked or ever was, and nobody else has an account.";

export const DeltaData = Type.Object({
  ...synced,
  sync_token: SyncToken,
  changes,
  has_more_changes: Type.Boolean({ description: "The next delta goes on from here." }),
  changes_reset: Type.Boolean({ description: RESET }),
});

export const ChangesQuery = Type.Object(
  {
    since: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description:
          "cursor of the answer before. Absent: no changes, and a cursor at the present.",
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_CHANGES_PER_PAGE,
        default: MAX_CHANGES_PER_PAGE,
        description: "Changes an answer.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const ChangesData = Type.Object({
  changes,
  cursor: Type.String({ description: "Opaque: since of the next request. It never expires." }),
  has_more: Type.Boolean(),
  reset: Type.Boolean({ description: RESET }),
});

export const DevicesData = Type.Object({
  devices: Type.Array(
    Type.Object({
      device_id: DeviceId,
      created_at: Moment,
      last_seen_at: Moment,
      contacts_count: Count,
    }),
    { description: "The one heard of last first." },
  ),
});

export const ForgottenData = Type.Object({
  contacts_removed: Type.Integer({
    minimum: 0,
    description: "Contacts that nothing else holds, and that went with it.",
  }),
});

export const BeginSessionBody = Type.Object(
  {
    deviceId: DeviceId,
    mode: Type.Optional(Mode),
    deviceContactsCount: DeviceContactsCount,
  },
  {
    additionalProperties: false,
    examples: [
      { deviceId: DEVICE, mode: "replace", deviceContactsCount: LATER_BOOKS_HASHES.length },
    ],
  },
);

export const SessionData = Type.Object({ session_id: Uuid });

const SessionId = {
  ...Uuid,
  description: "session_id of the answer that began it.",
  examples: [LAST_SESSION_ID],
};

export const SessionParams = Type.Object({ sessionId: SessionId });
export const PartParams = Type.Object({
  sessionId: SessionId,
  part: Type.Integer({
    minimum: 0,
    maximum: MAX_PARTS_PER_SESSION - 1,
    description: "Its number, counted from 0.",
    examples: [0],
  }),
});

export const PartBody = Type.Object(
  {
    phoneHashes: Type.Array(Type.String(), {
      maxItems: MAX_CONTACTS_PER_CALL,
      description: "Of 32 or 64 hex characters.",
    }),
  },
  {
    additionalProperties: false,
    examples: [{ phoneHashes: LATER_BOOKS_HASHES }],
  },
);

export const PartData = Type.Object({ part: Count, received: Count });

export const CommitBody = Type.Object(
  {
    parts: Type.Integer({
      minimum: 0,
      maximum: MAX_PARTS_PER_SESSION,
      description: "How many there are.",
    }),
    digest: Digest,
    confirmRemoval: Type.Optional(ConfirmRemoval),
  },
  {
    additionalProperties: false,
    examples: [{ parts: 1, digest: LATER_DIGEST }],
  },
);
