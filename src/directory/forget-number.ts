import { readOptions } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import type { NumberChange } from "./link.ts";
import { linkPending, pendingOf } from "./linker.ts";
import { withPhoneKeys } from "./phone-keys.ts";
import { READ_PHONE_OPTIONS, type ReadPhoneOptions, readPhone } from "./read-phone.ts";

/** `forgetNumber` of `ContactsWithAccounts`, which describes it. */
export async function forgetNumber(
  engine: Engine,
  phone: string,
  givenOptions?: ReadPhoneOptions,
): Promise<boolean> {
  return (await changeForgotten(engine, "forget_phone", phone, givenOptions)).changed;
}

/** `liftNumber` of `ContactsWithAccounts`, which describes it. */
export async function liftNumber(
  engine: Engine,
  phone: string,
  givenOptions?: ReadPhoneOptions,
): Promise<boolean> {
  return (await changeForgotten(engine, "lift_forgotten_phone", phone, givenOptions)).changed;
}

/** Either of them, which also says whether something is left to the linker. */
export async function changeForgotten(
  engine: Engine,
  change: "forget_phone" | "lift_forgotten_phone",
  phone: string,
  givenOptions?: ReadPhoneOptions,
): Promise<NumberChange> {
  const options = readOptions(givenOptions, READ_PHONE_OPTIONS);
  const { changed, keys } = await withPhoneKeys(
    engine,
    [readPhone(engine, phone, options)],
    async (sql, [phoneKey], nextPhoneKeys) => {
      const next = nextPhoneKeys?.[0] ?? null;
      return (await sql.call<Record<typeof change, boolean>>(change, [phoneKey, next]))[change];
    },
  );
  // Also where nothing changed: this may be the repeat of a call that was cut off in between.
  const { links_pending } = await linkPending(engine, keys);
  return { changed, ...pendingOf(links_pending) };
}
