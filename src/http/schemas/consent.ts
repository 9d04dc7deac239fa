import {
  DEFAULT_BLOCKS_PER_PAGE,
  DISCOVERABLE,
  type Discoverable,
  MAX_BLOCKS_PER_PAGE,
} from "@contact-sync/client";
import { Type } from "typebox";
import { Nullable, UserId } from "./common.ts";
import { Moment } from "./contacts.ts";
import { FRIEND } from "./examples.ts";

export const discoverable = Type.Unsafe<Discoverable>(
  Type.String({
    enum: Object.keys(DISCOVERABLE),
    description: "Who finds the user: everybody, those whose number they have themselves, nobody.",
  }),
);

export const DiscoverabilityBody = Type.Object(
  { discoverable: Nullable(discoverable) },
  {
    additionalProperties: false,
    description: "Null: whatever the service's default is.",
    examples: [{ discoverable: "mutual" }],
  },
);

export const DiscoverabilityData = Type.Object({
  discoverable,
  is_default: Type.Boolean({ description: "The user has not chosen." }),
});

export const BlocksQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_BLOCKS_PER_PAGE,
        default: DEFAULT_BLOCKS_PER_PAGE,
        description: "Users a page.",
      }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 200, description: "next_cursor of the page before." }),
    ),
  },
  { additionalProperties: false },
);

export const BlocksData = Type.Object({
  blocks: Type.Array(Type.Object({ user_id: UserId, blocked_at: Moment })),
  next_cursor: Nullable(Type.String()),
});

export const BlockedUserParams = Type.Object({ blockedUserId: { ...UserId, examples: [FRIEND] } });

export const BlockData = Type.Object({
  changed: Type.Boolean({ description: "False when it was so already." }),
});
