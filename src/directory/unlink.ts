import { type OptionNames, readOptions } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { readList } from "../input/reading.ts";
import { linkPending, pendingOf } from "./linker.ts";
import { withPhoneKeys } from "./phone-keys.ts";
import { READ_PHONE_OPTIONS, type ReadPhoneOptions, readPhone } from "./read-phone.ts";

export interface UnlinkOptions extends ReadPhoneOptions {
  /** Takes a number out only while it belongs to this user. */
  userId?: string | undefined;
}

const OPTIONS: OptionNames<UnlinkOptions> = { ...READ_PHONE_OPTIONS, userId: true };

/** `unlink` of `ContactsWithAccounts`, which describes it. */
export async function unlink(
  engine: Engine,
  phones: string | readonly string[],
  givenOptions?: UnlinkOptions,
): Promise<number> {
  return (await unlinkNumbers(engine, phones, givenOptions)).phones_unlinked;
}

/** `unlink`, which also says whether something is left to the linker. */
export async function unlinkNumbers(
  engine: Engine,
  phones: string | readonly string[],
  givenOptions?: UnlinkOptions,
): Promise<{ readonly phones_unlinked: number; readonly links_pending?: number }> {
  const options = readOptions(givenOptions, OPTIONS);
  const given = typeof phones === "string" ? [phones] : readList(phones, "phones");
  const userId =
    options.userId === undefined ? undefined : engine.users.of(options.userId, "userId").uuid;
  const hashes = given.map((phone, index) => readPhone(engine, phone, options, index));
  const { changed, keys } = await withPhoneKeys(
    engine,
    hashes,
    async (sql, phoneKeys, nextKeys) => {
      const { unlink_phones } = await sql.call<{ unlink_phones: number }>("unlink_phones", [
        phoneKeys,
        userId === undefined ? null : given.map(() => userId),
        nextKeys,
      ]);
      return unlink_phones;
    },
  );
  // Also where there was none: this may be the repeat of a call that was cut off in between.
  const { links_pending } = await linkPending(engine, keys);
  return { phones_unlinked: changed, ...pendingOf(links_pending) };
}
