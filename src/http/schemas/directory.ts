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
  { ...number, verifiedAt: Type.Optional(Time) },
  { additionalProperties: false },
);
export const UnlinkBody = Type.Object(number, { additionalProperties: false });

export const LinkData = Type.Object({
  changed: Type.Boolean({ description: "False when the directory said so already." }),
});

export const ErasureData = Type.Object({
  contacts_deleted: Count,
  phones_unlinked: Count,
  given_links_removed: Count,
  runs_folded: Count,
});
