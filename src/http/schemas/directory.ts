import { Type } from "typebox";
import { Count, Nullable, PhoneHash, Region, Time, UserId } from "./common.ts";
import { discoverable } from "./consent.ts";
import { FRIENDS_NUMBER, NOBODYS_NUMBER } from "./examples.ts";

const number = {
  phoneNumber: Type.Optional(
    Type.String({ description: "In any notation. Either this or phoneHash." }),
  ),
  phoneHash: Type.Optional(PhoneHash),
  defaultRegion: Type.Optional(Region),
};

export const LinkBody = Type.Object(
  {
    ...number,
    verifiedAt: Type.Optional(Time),
    announce: Type.Optional(
      Type.Boolean({
        description:
          "False: who holds the number finds the user, but is told of nobody new. Default true.",
      }),
    ),
  },
  { additionalProperties: false, examples: [{ phoneNumber: FRIENDS_NUMBER }] },
);
export const UnlinkBody = Type.Object(number, {
  additionalProperties: false,
  examples: [{ phoneNumber: FRIENDS_NUMBER }],
});

const links_pending = Type.Optional(
  Type.Integer({
    minimum: 1,
    description:
      "Numbers of which some contacts are still to be brought up to date, because a transaction was in the way. The linker sees to it; absent where there are none.",
  }),
);

export const ForgetBody = Type.Object(number, {
  additionalProperties: false,
  examples: [{ phoneNumber: NOBODYS_NUMBER }],
});
export const ForgottenNumberData = Type.Object({
  changed: Type.Boolean({ description: "False when it was forgotten already, or was not at all." }),
  links_pending,
});

export const LinkData = Type.Object({
  changed: Type.Boolean({ description: "False when the directory said so already." }),
  links_pending,
});

export const ErasureData = Type.Object({
  contacts_deleted: Count,
  phones_unlinked: Count,
  given_links_removed: Count,
  runs_folded: Count,
  links_pending,
  receipt: Nullable(
    Type.String({
      description:
        "Who was erased, when, and what was removed, signed: a compact JWS (EdDSA) of the keys at /.well-known/contact-sync-receipts. It is kept nowhere here. Null from a database without a sealing key.",
    }),
  ),
});

const Entry = Type.Record(Type.String(), Type.Unknown());
const Entries = Type.Array(Entry);

/** Its entries have what their tables have: docs/http.md names it. */
export const ExportData = Type.Object({
  user_id: UserId,
  exported_at: Type.String(),
  status: Nullable(Entry),
  discoverable: Nullable(discoverable),
  sessions: Entries,
  streams: Entries,
  kept_answers: Count,
  messages_to_tell: Count,
  erased_at: Nullable(Type.String()),
  numbers: Entries,
  devices: Entries,
  runs: Entries,
  kept_choices: Entries,
  session_numbers: Entries,
  stream_numbers: Entries,
  contacts: Entries,
  blocked_users: Entries,
});

export const RetentionData = Type.Object({
  silent_owner_months: Type.Integer({
    minimum: 0,
    description: "After which unlinked contacts of a silent owner go; 0: never.",
  }),
  forgotten_number_months: Type.Integer({
    minimum: 0,
    description: "For which a forgotten number stays so; 0: for good.",
  }),
  run_days: Count,
  choice_days: Count,
  expired: Type.Object({
    silent_owners: Count,
    unlinked_contacts: Count,
    forgotten_numbers: Count,
    runs: Count,
    choices: Count,
  }),
});

/** A JWK Set, as clients of JOSE fetch it: without our envelope. */
export const ReceiptKeysData = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Literal("OKP"),
      crv: Type.Literal("Ed25519"),
      x: Type.String(),
      alg: Type.Literal("EdDSA"),
      use: Type.Literal("sig"),
      kid: Type.String(),
    }),
  ),
});
