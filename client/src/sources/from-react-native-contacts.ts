import { ContactSyncError } from "../protocol/errors.ts";
import { throwIfAborted } from "../slices/slices.ts";
import { createCards } from "./cards.ts";
import { lastingAccess, NO_PAGES, type PageReader, pagesOf } from "./pages.ts";
import type { ContactSource, DeviceContact } from "./source.ts";

/** Cards of a page: the library gives all at once, they are handed on in pages. */
const PAGE = 200;

export type ReactNativeContactsPermission = "authorized" | "limited" | "denied" | "undefined";

/** What is used of `react-native-contacts`. */
export interface ReactNativeContacts {
  checkPermission(): Promise<ReactNativeContactsPermission>;
  requestPermission(): Promise<ReactNativeContactsPermission>;
  getAllWithoutPhotos?(): Promise<readonly ReactNativeContact[]>;
  getAll(): Promise<readonly ReactNativeContact[]>;
}

export interface ReactNativeContact {
  readonly recordID: string;
  readonly displayName?: string | null;
  readonly givenName?: string | null;
  readonly familyName?: string | null;
  readonly phoneNumbers: readonly { readonly number: string }[];
}

/** Modules that have asked in this run of the app. */
const asked = new WeakSet<object>();

/**
 * The address book by `react-native-contacts`: give its module. Limited access (iOS 18) is
 * `partial`.
 *
 * Asks for permission where the system has not answered yet. On Android the library can't tell
 * "never asked" from "refused", so there it asks once in each run of the app, which the system shows
 * until it was refused twice. To ask at another moment, do it before, by `requestPermission()`.
 *
 * @example
 * import Contacts from "react-native-contacts";
 * await friends.sync(fromReactNativeContacts(Contacts));
 */
export function fromReactNativeContacts(contacts: ReactNativeContacts): ContactSource {
  if (typeof contacts?.checkPermission !== "function" || typeof contacts.getAll !== "function") {
    throw new ContactSyncError(
      "CONTACTS_UNAVAILABLE",
      'what was given is not the module react-native-contacts: import Contacts from "react-native-contacts", fromReactNativeContacts(Contacts)',
    );
  }
  return {
    name: "react-native-contacts",
    async read({ signal }) {
      throwIfAborted(signal);
      const before = await contacts.checkPermission();
      let permission = before;
      const mayAsk = permission === "denied" && !asked.has(contacts);
      if (permission === "undefined" || mayAsk) {
        throwIfAborted(signal);
        asked.add(contacts);
        permission = await contacts.requestPermission();
      }
      throwIfAborted(signal);
      if (permission !== "authorized" && permission !== "limited") {
        return { access: "none", canAskAgain: permission === "undefined", pages: NO_PAGES };
      }
      const isStillFull = async () => {
        const now = await contacts.checkPermission();
        // Who says the same as before it was given has not noticed that, and takes nothing away.
        return now === "authorized" || now === before;
      };
      const pages = pagesOf(() => {
        const toCard = createCards();
        let all: readonly ReactNativeContact[] | null = null;
        let from = 0;
        const reader: PageReader = {
          async next() {
            throwIfAborted(signal);
            all ??= (await contacts.getAllWithoutPhotos?.()) ?? (await contacts.getAll());
            throwIfAborted(signal);
            if (from >= all.length) return null;
            const page: DeviceContact[] = [];
            for (const card of all.slice(from, from + PAGE)) {
              const { recordID: id, phoneNumbers: numbers } = card ?? {};
              const made = toCard({ id, name: nameOf(card ?? {}), numbers });
              if (made !== null) page.push(made);
            }
            from += PAGE;
            return page;
          },
        };
        return permission === "authorized" ? lastingAccess(reader, isStillFull) : reader;
      });
      return { access: permission === "authorized" ? "full" : "partial", pages };
    },
  };
}

function nameOf({ displayName, givenName, familyName }: Partial<ReactNativeContact>): string {
  return displayName || [givenName, familyName].filter(Boolean).join(" ");
}
