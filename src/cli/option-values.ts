import { assertRegion, isContactSyncError } from "@contact-sync/client";
import { InvalidArgumentError } from "commander";
import {
  assertBatchSize,
  assertDeviceId,
  assertTime,
  assertUuid,
  invalid,
  isUserText,
  USER_TEXT_FORM,
} from "../input/arguments.ts";
import type { Configuration } from "../process/configuration.ts";

// What options are given as. The library checks again; here, a mistake is told before a database
// is opened, and beside the option's name.

/**
 * What the app calls a user: by CONTACT_SYNC_USER_IDS a UUID, or a text, which is taken character by
 * character.
 *
 * @param name of the option or argument, for the error
 */
export function user({ userIds }: Configuration, text: string, name: string): string {
  if (userIds === "uuid") return assertUuid(text.trim(), name);
  if (isUserText(text)) return text;
  throw invalid(`${name} must be ${USER_TEXT_FORM}`);
}

/** Likewise for an option that may be absent. */
export function userIfGiven(
  configuration: Configuration,
  text: string | undefined,
  name: string,
): string | undefined {
  return text === undefined ? undefined : user(configuration, text, name);
}

export function deviceId(text: string): string {
  return checked(() => assertDeviceId(text, "it"));
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function time(text: string): string {
  return checked(() => assertTime(text.trim(), "it") ?? "");
}

export function batchSize(text: string): number {
  return checked(() => assertBatchSize(wholeNumber(text)));
}

export function region(text: string): string {
  return checked(() => assertRegion(text.trim()) ?? "");
}

/** `Celular, "Fone, de casa", 5`: names, quoted where they have a comma, and positions. */
export function columns(text: string): (string | number)[] {
  const parts = text.match(/"[^"]*"|[^,"]+/g) ?? [];
  const names = parts.map((part) => part.trim()).filter((part) => part !== "");
  if (names.length === 0) throw new InvalidArgumentError("It must be names or positions.");
  return names.map((name) =>
    /^\d{1,5}$/.test(name) ? Number(name) : name.replace(/^"(.*)"$/, "$1"),
  );
}

function checked<Value>(check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (!isContactSyncError(error)) throw error;
    const text = error.message.slice(`${error.code}: `.length);
    throw new InvalidArgumentError(`${text[0]?.toUpperCase()}${text.slice(1)}.`);
  }
}
