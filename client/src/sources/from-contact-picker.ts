import { ContactSyncError } from "../protocol/errors.ts";
import { throwIfAborted } from "../slices/slices.ts";
import { createCards } from "./cards.ts";
import { pagesOf } from "./pages.ts";
import type { ContactSource, DeviceContact } from "./source.ts";

/** What is used of `navigator`: the Contact Picker API, of Chrome on Android. */
export interface ContactPickerNavigator {
  readonly contacts?: {
    select(
      properties: ("name" | "tel")[],
      options?: { multiple?: boolean },
    ): Promise<readonly { readonly name?: readonly string[]; readonly tel?: readonly string[] }[]>;
  };
}

/** Cards that were picked in this run of the page. */
let count = 0;

/**
 * The contacts that a person picks in the browser (Contact Picker API), which are always a part of
 * the address book; nobody picked is none of them. To be called from a click or a touch, over HTTPS,
 * in a page that is no frame. Where `isContactPickerThere()` is false, offer `fromContacts` with a
 * file.
 *
 * @param navigator default: that of the page
 * @example
 * button.onclick = () => friends.sync(fromContactPicker());
 */
export function fromContactPicker(navigator?: ContactPickerNavigator): ContactSource {
  return {
    name: "contact-picker",
    async read({ signal }) {
      throwIfAborted(signal);
      const { contacts } = navigator ?? pageNavigator();
      if (contacts === undefined) throw unavailable(NOT_THERE);
      const picked = await contacts.select(["name", "tel"], { multiple: true }).catch(refusal);
      throwIfAborted(signal);
      const toCard = createCards();
      const cards = picked.map((card) => {
        // Nothing names a card from one picking to the next, but two are not to have one name.
        const id = `picked-${count}`;
        count += 1;
        return toCard({ id, name: card.name?.[0], numbers: card.tel });
      });
      let page: DeviceContact[] | null = cards.filter((card) => card !== null);
      return {
        access: "partial",
        canAskAgain: true,
        pages: pagesOf(() => ({
          async next() {
            const all = page;
            page = null;
            return all;
          },
        })),
      };
    },
  };
}

/** Whether this browser has a contact picker. */
export function isContactPickerThere(navigator?: ContactPickerNavigator): boolean {
  return (navigator ?? pageNavigator()).contacts !== undefined;
}

const NOT_THERE =
  "this browser has no contact picker (Chrome on Android has one, over HTTPS): offer a file, and fromContacts";

function pageNavigator(): ContactPickerNavigator {
  const { navigator } = globalThis as { navigator?: ContactPickerNavigator };
  // What a plugin of an app's shell puts there (Cordova) is another thing of that name.
  return typeof navigator?.contacts?.select === "function" ? navigator : {};
}

function unavailable(message: string, cause?: unknown): ContactSyncError {
  return new ContactSyncError("CONTACTS_UNAVAILABLE", message, { cause });
}

/** Closing the picker picks nobody; what can't be shown is told. */
function refusal(cause: unknown): readonly [] {
  const { name } = (cause ?? {}) as { name?: unknown };
  if (name === "AbortError") return [];
  if (name === "SecurityError" || name === "NotAllowedError") {
    throw unavailable("the contact picker opens only from a click or a touch", cause);
  }
  if (name === "InvalidStateError") {
    throw unavailable("the contact picker is open already, or the page is in a frame", cause);
  }
  throw unavailable("the contact picker could not be shown", cause);
}
