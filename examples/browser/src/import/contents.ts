import type { DeviceContact } from "@contact-sync/client";

export interface UnreadLine {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

export interface Contents {
  readonly cards: readonly DeviceContact[];
  readonly unread: readonly UnreadLine[];
  /** Names of the columns that were read, of a table. */
  readonly columns?: readonly string[];
}

/** The file is none that can be read; the message is for the person who has chosen it. */
export class UnreadableFile extends Error {}
