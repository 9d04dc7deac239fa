import type { ContactSource, Contacts, DeviceContact } from "../../client/src/sources/source.ts";
import { AddressBook } from "./address-book.ts";
import type { Random } from "./random.ts";
import { Record } from "./record.ts";
import type { Process } from "./schedule.ts";

/** What the app may see of the address book. */
export type Access = "full" | "limited" | "picker" | "none";

/** What a call was shown. */
export interface Shown {
  access: "full" | "partial" | "none";
  cards: readonly DeviceContact[];
}

/** A phone: its person's address book, the app's storage, and whoever is signed in. */
export class Phone {
  readonly name: string;
  readonly #random: Random;
  readonly book: AddressBook;
  /** The app's storage. */
  texts = new Map<string, string>();
  /** As it was some time ago. */
  backup: Map<string, string> | undefined;
  userId: string;
  access: Access = "full";
  /** The cards that limited access is to. */
  #visible = new Set<string>();
  readonly #records = new Map<string, Record>();
  /** Milliseconds that its clock is ahead. */
  clockAhead = 0;
  /** Out of reach: nothing arrives, or no answer does, however often it is sent. */
  reach: "good" | "lost" | "unanswered" = "good";
  token: "good" | "expired" | "gone" = "good";
  readonly locks = new Map<string, { readonly holder: Process; readonly free: Promise<void> }>();

  constructor(name: string, userId: string, random: Random) {
    this.name = name;
    this.userId = userId;
    this.#random = random;
    this.book = new AddressBook(random);
  }

  get record(): Record {
    return this.recordOf(this.userId);
  }

  get records(): readonly Record[] {
    return [...this.#records.values()];
  }

  recordOf(userId: string): Record {
    const record =
      this.#records.get(userId) ?? new Record(`${this.name} of ${userId.slice(0, 8)}`, userId);
    this.#records.set(userId, record);
    return record;
  }

  changeAccess(): void {
    this.access = this.#random.weighted({ full: 6, limited: 3, picker: 1, none: 1 });
    this.limit();
  }

  /** Another choice of what limited access is to. */
  limit(): void {
    const ids = this.book.cards.map(({ id }) => id);
    this.#visible = new Set(this.#random.some(ids, 0.4));
  }

  /** What the app sees now. */
  look(): Shown {
    const { cards } = this.book;
    switch (this.access) {
      case "full":
        return { access: "full", cards };
      case "limited":
        return { access: "partial", cards: cards.filter(({ id }) => this.#visible.has(id)) };
      case "picker":
        return { access: "partial", cards: this.#random.some(cards, 0.1) };
      case "none":
        return { access: "none", cards: [] };
    }
  }

  /** Contacts as the app gives them, and what they came to, once they were read. */
  contacts(mayBreakOff: boolean): { readonly contacts: Contacts; readonly shown: Shown } {
    const shown: Shown = { access: "none", cards: [] };
    if (this.access === "full" && this.#random.chance(0.2)) {
      Object.assign(shown, this.look());
      return { contacts: [...shown.cards], shown };
    }
    const breaksOff = mayBreakOff && this.#random.chance(0.05);
    const source: ContactSource = {
      name: "simulator",
      read: async () => {
        const { access, cards } = this.look();
        const pages = pagesOf(cards, this.#random.whole(1, 20));
        const until = breaksOff && access !== "none" ? this.#random.whole(0, pages.length) : null;
        Object.assign(shown, {
          access: until === null ? access : "partial",
          cards: until === null ? cards : pages.slice(0, until).flat(),
        });
        return { access, canAskAgain: false, pages: streamOf(pages, until) };
      },
    };
    return { contacts: source, shown };
  }
}

function pagesOf(cards: readonly DeviceContact[], size: number): DeviceContact[][] {
  const pages: DeviceContact[][] = [];
  for (let at = 0; at < cards.length; at += size) pages.push(cards.slice(at, at + size));
  return pages;
}

async function* streamOf(pages: readonly DeviceContact[][], until: number | null) {
  yield* pages.slice(0, until ?? pages.length);
  if (until !== null) throw new Error("the system took access away");
}
