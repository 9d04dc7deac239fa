import { assertRegion, isContactSyncError } from "@contact-sync/client";
import { InvalidArgumentError } from "commander";
import { assertBatchSize, assertUuid } from "../input/arguments.ts";

// What options are given as. The library checks again; here, a mistake is told before a database
// is opened, and beside the option's name.

export function uuid(text: string): string {
  return checked(() => assertUuid(text.trim(), "it"));
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function batchSize(text: string): number {
  return checked(() => assertBatchSize(wholeNumber(text)));
}

export function region(text: string): string {
  return checked(() => assertRegion(text.trim()) ?? "");
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
