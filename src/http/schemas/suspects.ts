import { Type } from "typebox";
import {
  DEFAULT_MIN_SCORE,
  DEFAULT_SUSPECTS,
  MAX_SUSPECTS,
} from "../../contacts/suspects/suspects.ts";
import { Count, Nullable, Time, UserId } from "./common.ts";
import { Moment } from "./contacts.ts";

export const SuspectsQuery = Type.Object(
  {
    minScore: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: DEFAULT_MIN_SCORE,
        description: "From which score on. Those who are held are listed whatever theirs is.",
      }),
    ),
    since: Type.Optional(Time),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_SUSPECTS,
        default: DEFAULT_SUSPECTS,
        description: "How many at most.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const SuspectsData = Type.Object({
  suspects: Type.Array(
    Type.Object({
      owner_id: UserId,
      suspicion: Type.Integer({
        minimum: 0,
        maximum: 100,
        description: "The highest score of the time; of one who is held, at least what led to it.",
      }),
      neighbours_percent: Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()], {
        description:
          "Of their new numbers of the time, how many in per cent have a near neighbour; null: only hashes came.",
      }),
      last_seen_at: Nullable(Moment),
      syncs: Count,
      budget_refusals: Count,
      contacts_inserted: Count,
      contacts_removed: Count,
      matched_contacts: Count,
      contacts_count: Count,
      first_sync_at: Nullable(Moment),
      held_at: Type.Union([Moment, Type.Null()], {
        description: "Since when they get no new links; null: they are not held.",
      }),
      released_at: Nullable(Moment),
    }),
    { description: "The highest score first." },
  ),
});

export const ReleasedData = Type.Object({
  released: Type.Boolean({ description: "False where nobody held them." }),
});
