/** A card of the device's address book, as far as it is asked for. Names never leave the device. */
export interface DeviceContact {
  /** Whatever names it on the device, the same from reading to reading. */
  readonly id: string;
  readonly name?: string | undefined;
  /** In any notation; one may hold several. */
  readonly phoneNumbers: readonly string[];
}

/**
 * What the app may read: all contacts, some of them (limited permission, a picker, a reading that
 * was broken off), or none.
 */
export type ContactAccess = "full" | "partial" | "none";

/** An address book that is being read. */
export interface Reading {
  /** What the system allows. `full` may still become `partial`, when the reading breaks off. */
  readonly access: ContactAccess;
  /** Whether the system would ask the person again; only of `none` and `partial`. */
  readonly canAskAgain?: boolean | undefined;
  /** Nothing where access is `none`. */
  readonly pages: AsyncIterable<readonly DeviceContact[]>;
}

/** Where contacts come from. It may be read many times. */
export interface ContactSource {
  /** What it is, such as `expo-contacts`; for messages and progress. */
  readonly name: string;
  /**
   * Asks for permission where the system has not answered yet, and begins to read. A page that
   * throws ends the reading: what was read before it is a part of the book.
   */
  read(options: { readonly signal?: AbortSignal | undefined }): Promise<Reading>;
}

/** What `sync` takes: a source, or contacts themselves, which are then the whole book. */
export type Contacts = ContactSource | Iterable<DeviceContact> | AsyncIterable<DeviceContact>;
