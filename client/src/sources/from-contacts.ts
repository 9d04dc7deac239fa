import { ContactSyncError, isContactSyncError } from "../protocol/errors.ts";
import { readOptions } from "../protocol/options.ts";
import { throwIfAborted } from "../slices/slices.ts";
import { createCards, type RawCard } from "./cards.ts";
import { ASYNC_ITERATOR, pagesOf } from "./pages.ts";
import type { ContactSource, Contacts, DeviceContact } from "./source.ts";

/** Cards of a page. */
const PAGE = 200;

export interface FromContactsOptions {
  /** `partial`: these are some of the contacts, not all. Default: `full`, the whole book. */
  readonly access?: "full" | "partial" | undefined;
}

type Given = Iterable<DeviceContact> | AsyncIterable<DeviceContact>;

interface Steps {
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  return?(): unknown;
}

/** Iterators that were begun: what they have given, they do not give again. */
const begun = new WeakSet<object>();
/** What has given contacts, so that giving none another time means that it can't be read again. */
const gaveContacts = new WeakSet<object>();

/**
 * Contacts that the app has read itself, such as those of a file: any iterable or async iterable of
 * `{ id, name?, phoneNumbers }`. Without options they are the whole address book.
 *
 * What can be read once only (a generator that was called, a stream) gives its contacts to one call
 * of `sync`; in a second one it is an error, never an empty address book.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 * @example
 * await friends.sync(fromContacts(picked, { access: "partial" }));
 */
export function fromContacts(
  contacts: Iterable<DeviceContact> | AsyncIterable<DeviceContact>,
  options?: FromContactsOptions,
): ContactSource {
  const { access = "full" } = readOptions<FromContactsOptions>(options, { access: true });
  if (access !== "full" && access !== "partial") {
    throw new ContactSyncError("INVALID_ARGUMENT", 'options.access must be "full" or "partial"');
  }
  if (!isIterable(contacts)) throw noContacts(contacts);
  return {
    name: "contacts",
    async read({ signal }) {
      throwIfAborted(signal);
      const steps = await beginSteps(contacts);
      const toCard = createCards();
      let index = 0;
      let isDone = false;
      let failure: { readonly error: unknown } | null = null;
      const step = () => {
        isDone = true; // unless it answers that it is not: what throws is over, too
        return steps.next();
      };
      const pages = pagesOf(() => ({
        async next() {
          throwIfAborted(signal);
          if (failure !== null) throw failure.error;
          const page: DeviceContact[] = [];
          try {
            while (page.length < PAGE) {
              const stepped = step();
              const { done, value } = isPromise(stepped) ? await stepped : stepped;
              if (done) return page.length > 0 ? page : null;
              isDone = false;
              gaveContacts.add(contacts);
              const card = toCard(rawOf(value, index));
              index += 1;
              if (card !== null) page.push(card);
            }
          } catch (error) {
            // What came before it is given first, unless it is a fault of the app's.
            const isFault = isContactSyncError(error) && error.code === "INVALID_ARGUMENT";
            if (page.length === 0 || isFault) throw error;
            failure = { error };
          }
          return page;
        },
        stop: () => (isDone ? undefined : steps.return?.()),
      }));
      return { access, pages };
    },
  };
}

/**
 * The source of whatever `sync` takes.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function toSource(contacts: Contacts): ContactSource {
  // First: a stream of Node has a method `read`, too.
  if (isIterable(contacts)) return fromContacts(contacts);
  if (typeof (contacts as Partial<ContactSource> | null)?.read === "function") return contacts;
  throw noContacts(contacts);
}

async function beginSteps(contacts: Given): Promise<Steps> {
  const steps: Steps =
    ASYNC_ITERATOR in contacts
      ? (contacts as AsyncIterable<unknown>)[ASYNC_ITERATOR]()
      : (contacts as Iterable<unknown>)[Symbol.iterator]();
  if ((steps as unknown) === contacts) {
    if (begun.has(contacts)) throw readBefore();
    begun.add(contacts);
    return steps;
  }
  if (Array.isArray(contacts) || contacts instanceof Set || !gaveContacts.has(contacts))
    return steps;
  // A stream gives an iterator each time, and nothing in the second one.
  const first = await steps.next();
  if (first.done) throw readBefore();
  let isFirst = true;
  return {
    next() {
      if (!isFirst) return steps.next();
      isFirst = false;
      return first;
    },
    return: () => steps.return?.(),
  };
}

function isIterable(contacts: unknown): contacts is Given {
  return (
    typeof contacts === "object" &&
    contacts !== null &&
    (ASYNC_ITERATOR in contacts || Symbol.iterator in contacts)
  );
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as { then?: unknown }).then === "function";
}

/** What has no list of numbers is no card: taken for one without numbers it would be a removal. */
function rawOf(value: unknown, index: number): RawCard {
  if (typeof value === "object" && value !== null && "phoneNumbers" in value) {
    const { id, name, phoneNumbers } = value as Record<string, unknown>;
    if (Array.isArray(phoneNumbers) || phoneNumbers === null || phoneNumbers === undefined) {
      return { id, name, numbers: phoneNumbers };
    }
  }
  throw new ContactSyncError(
    "INVALID_ARGUMENT",
    "a contact must be { id, name?, phoneNumbers }, with a list of texts as phoneNumbers",
    { index },
  );
}

function noContacts(contacts: unknown): ContactSyncError {
  const isAwaited = typeof (contacts as { then?: unknown } | null)?.then === "function";
  return new ContactSyncError(
    "INVALID_ARGUMENT",
    isAwaited
      ? "contacts are still a promise: await it first"
      : "contacts must be a source, such as fromExpoContacts(Contacts), or an iterable of { id, name?, phoneNumbers }",
  );
}

function readBefore(): ContactSyncError {
  return new ContactSyncError(
    "CONTACTS_UNAVAILABLE",
    "these contacts can be read once, and were: give a list, or call the generator again",
  );
}
