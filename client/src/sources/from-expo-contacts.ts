import { ContactSyncError } from "../protocol/errors.ts";
import { throwIfAborted } from "../slices/slices.ts";
import { createCards, type RawCard } from "./cards.ts";
import { lastingAccess, NO_PAGES, type PageReader, pagesOf } from "./pages.ts";
import type { ContactAccess, ContactSource, DeviceContact } from "./source.ts";

/**
 * Cards of a page. iOS walks through all cards before a page, so small pages of large books take
 * long; this many go over the bridge in a few milliseconds.
 */
const PAGE = 500;

export interface ExpoPermission {
  readonly status: string;
  readonly granted: boolean;
  readonly canAskAgain: boolean;
  readonly accessPrivileges?: "all" | "limited" | "none";
}

/** What is used of `expo-contacts` and of `expo-contacts/legacy`. */
export interface ExpoContacts {
  getPermissionsAsync(): Promise<ExpoPermission>;
  requestPermissionsAsync(): Promise<ExpoPermission>;
  addContactsChangeListener?(listener: () => void): { remove(): void };
  /** Since SDK 56. */
  readonly Contact?: {
    getAllDetails(
      fields: readonly never[],
      options?: { limit?: number; offset?: number },
    ): Promise<readonly { readonly id: string }[]>;
  };
  /** Until SDK 55, and of `expo-contacts/legacy`. */
  getContactsAsync?(query?: {
    pageSize?: number;
    pageOffset?: number;
    fields?: never[];
  }): Promise<{ readonly data: readonly unknown[]; readonly hasNextPage: boolean }>;
}

/** Of the native module, as expo registers it. */
interface NativeContacts {
  getPermissionsAsync(): Promise<ExpoPermission>;
  requestPermissionsAsync(): Promise<ExpoPermission>;
  addListener?(event: string, listener: () => void): { remove(): void };
  readonly Contact?: ExpoContacts["Contact"];
  /** Its name on iOS. */
  readonly ContactNext?: ExpoContacts["Contact"];
}

/**
 * The address book by `expo-contacts`: `import * as Contacts from "expo-contacts"`, or from
 * `"expo-contacts/legacy"`, or the root of releases before SDK 56. Without an argument the native
 * module is looked up where expo registers it, which takes `expo-contacts` 56 or newer in the build;
 * give the module, if you can, and nothing depends on that place.
 *
 * Asks for permission where the system has not answered yet. Limited access (iOS 18) is `partial`.
 * A book that changes while it is read is read again, once.
 *
 * @example
 * import * as Contacts from "expo-contacts";
 * await friends.sync(fromExpoContacts(Contacts));
 */
export function fromExpoContacts(contacts?: ExpoContacts): ContactSource {
  return {
    name: "expo-contacts",
    async read({ signal }) {
      throwIfAborted(signal);
      const module = contacts ?? nativeContacts();
      const readPage = pageReader(module);
      const before = await module.getPermissionsAsync();
      let permission = before;
      if (!permission.granted && permission.status === "undetermined" && permission.canAskAgain) {
        throwIfAborted(signal);
        permission = await module.requestPermissionsAsync();
      }
      throwIfAborted(signal);
      const access = accessOf(permission);
      const { canAskAgain } = permission;
      if (access === "none") return { access, canAskAgain, pages: NO_PAGES };
      const isStillFull = async () => {
        const now = await module.getPermissionsAsync();
        // Who says the same as before it was given has not noticed that, and takes nothing away.
        return accessOf(now) === "full" || (!before.granted && now.status === before.status);
      };
      const pages = pagesOf(() => {
        const reader = bookReader(module, readPage, signal);
        return access === "full" ? lastingAccess(reader, isStillFull) : reader;
      });
      return access === "full" ? { access, pages } : { access, canAskAgain, pages };
    },
  };
}

function accessOf({ granted, accessPrivileges }: ExpoPermission): ContactAccess {
  if (!granted || accessPrivileges === "none") return "none";
  // What a later release may call it is not all of them either.
  return accessPrivileges === undefined || accessPrivileges === "all" ? "full" : "partial";
}

function nativeContacts(): ExpoContacts {
  const { expo } = globalThis as { expo?: { modules?: Record<string, unknown> } };
  const native = expo?.modules?.["ExpoContactsNext"] as NativeContacts | undefined;
  const Contact = native?.ContactNext ?? native?.Contact;
  if (native === undefined || Contact === undefined) {
    throw new ContactSyncError(
      "CONTACTS_UNAVAILABLE",
      'expo-contacts is not in this build, or older than 56: install it, and give the module: import * as Contacts from "expo-contacts", fromExpoContacts(Contacts)',
    );
  }
  return {
    Contact,
    getPermissionsAsync: () => native.getPermissionsAsync(),
    requestPermissionsAsync: () => native.requestPermissionsAsync(),
    addContactsChangeListener: (listener) =>
      native.addListener?.("contactsDidChange", listener) ?? { remove() {} },
  };
}

interface Page {
  readonly cards: readonly RawCard[];
  readonly isLast: boolean;
}

type ReadPage = (offset: number, limit: number) => Promise<Page>;

function pageReader(module: ExpoContacts): ReadPage {
  const { Contact } = module;
  if (typeof Contact?.getAllDetails === "function") {
    const fields = ["fullName", "phones"] as unknown as never[];
    return async (offset, limit) => {
      const cards = await Contact.getAllDetails(fields, { limit, offset });
      // More than asked for: it gives all at once, whatever the limit.
      return { cards: cards.map(rawOfDetails), isLast: cards.length !== limit };
    };
  }
  if (typeof module.getContactsAsync === "function") {
    const fields = ["name", "phoneNumbers"] as unknown as never[];
    return async (pageOffset, pageSize) => {
      const { data, hasNextPage } = await legacyPage(module, { pageSize, pageOffset, fields });
      return { cards: data.map(rawOfLegacy), isLast: !hasNextPage };
    };
  }
  throw new ContactSyncError(
    "CONTACTS_UNAVAILABLE",
    'what was given is not the module expo-contacts: import * as Contacts from "expo-contacts", fromExpoContacts(Contacts). On the web it reads no contacts: use fromContactPicker or fromContacts there',
  );
}

async function legacyPage(
  module: ExpoContacts,
  query: { pageSize: number; pageOffset: number; fields: never[] },
) {
  try {
    const page = await module.getContactsAsync?.(query);
    if (page !== undefined) return page;
  } catch (cause) {
    // The root of 56 and newer has the old functions, too, and they throw.
    if (!/expo-contacts\/legacy/.test(String((cause as Error | null)?.message))) throw cause;
    throw new ContactSyncError(
      "CONTACTS_UNAVAILABLE",
      'this expo-contacts has its old functions in "expo-contacts/legacy": give that module, or all of "expo-contacts" (import * as Contacts)',
      { cause },
    );
  }
  return { data: [], hasNextPage: false };
}

function rawOfDetails(card: unknown): RawCard {
  const { id, fullName, phones } = (card ?? {}) as Record<string, unknown>;
  return { id, name: fullName, numbers: phones };
}

function rawOfLegacy(card: unknown): RawCard {
  const { id, name, firstName, lastName, phoneNumbers } = (card ?? {}) as Record<string, unknown>;
  const parts = [firstName, lastName].filter((part) => typeof part === "string").join(" ");
  return { id, name: name || parts, numbers: phoneNumbers };
}

/**
 * Reads page after page. Pages are counted from the beginning of the book, so a card that comes or
 * goes meanwhile moves all behind it, and one would be missed: each page begins with the last card
 * of the one before, and the system tells of changes. Then the book is read once more; what is new
 * in it is given, and if that was not quiet either, the reading breaks off.
 */
function bookReader(
  module: ExpoContacts,
  readPage: ReadPage,
  signal: AbortSignal | undefined,
): PageReader {
  const toCard = createCards();
  let before: readonly unknown[] | null = null;
  let ids: unknown[] = [];
  let hasMoved = false;
  let isTold = false;
  let isOver = false;
  const listener = listen(module, () => {
    isTold = true;
  });

  function endOfPass(): void {
    const isSame = before?.length === ids.length && before.every((id, at) => id === ids[at]);
    if (!hasMoved && (!isTold || isSame)) {
      isOver = true;
      return;
    }
    if (before !== null) {
      throw new ContactSyncError(
        "CONTACTS_UNAVAILABLE",
        "the address book changed all the time while it was read; what was read is a part of it",
      );
    }
    before = ids;
    ids = [];
    hasMoved = false;
    isTold = false;
  }

  return {
    async next() {
      throwIfAborted(signal);
      if (isOver) return null;
      const overlap = ids.length > 0 ? 1 : 0;
      const { cards, isLast } = await readPage(ids.length - overlap, PAGE + overlap);
      throwIfAborted(signal);
      const isNext = overlap === 0 || cards[0]?.id === ids[ids.length - 1];
      if (!isNext) hasMoved = true;
      const added = isNext ? cards.slice(overlap) : cards;
      for (const { id } of added) ids.push(id);
      // There should be more, and it is not given: what was read is no whole book.
      if (added.length === 0 && !isLast) hasMoved = true;
      // Nothing new although there should be more: it would go on for ever.
      if (isLast || added.length === 0 || (!isNext && cards[0]?.id === ids[0])) endOfPass();
      return added.map(toCard).filter((card): card is DeviceContact => card !== null);
    },
    stop: () => listener?.remove(),
  };
}

function listen(module: ExpoContacts, listener: () => void): { remove(): void } | undefined {
  try {
    return module.addContactsChangeListener?.(listener);
  } catch {
    return undefined; // there is none on this system
  }
}
