import { Type } from "typebox";
import { Count, PhoneHash, Region, Time } from "./common.ts";

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
  { additionalProperties: false },
);
export const UnlinkBody = Type.Object(number, { additionalProperties: false });

const links_pending = Type.Optional(
  Type.Integer({
    minimum: 1,
    description:
      "Numbers of which some contacts are still to be brought up to date, because a transaction was in the way. The linker sees to it; absent where there are none.",
  }),
);

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
});
