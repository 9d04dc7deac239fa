import { Consent } from "./consent.ts";
import { Holders } from "./holders.ts";
import type { Item } from "./operations.ts";
import { Queue } from "./queue.ts";
import { PEOPLE } from "./world.ts";

/** A stored contact; people are their places in the world. */
export interface Contact {
  link: number | null;
  given: boolean;
  favorite: boolean;
  interaction: number | null;
}

const NOBODY: Contact = { link: null, given: false, favorite: false, interaction: null };

export type Choices = Pick<Contact, "favorite" | "interaction">;

/** The directory, and everybody's book with who holds what of it. */
export class Books {
  /** A number without a user was forgotten, and nobody verifies it after that. */
  readonly directory = new Map<number, { user: number | null; verified: number }>();
  readonly consent = new Consent();
  readonly queue = new Queue();
  /** Those who keep the links they have, and get no more. */
  readonly held = new Set<number>();
  readonly all = PEOPLE.map(() => new Map<number, Contact>());
  /** Contacts that a sync has removed, not more than a month ago, and what was chosen for them. */
  readonly kept = PEOPLE.map(() => new Map<number, Choices>());
  /** Who could find whom when a change began. */
  #seen: boolean[][] | null = null;
  readonly #holders = PEOPLE.map(() => new Holders());

  of(owner: number): Map<number, Contact> {
    return this.all[owner] as Map<number, Contact>;
  }

  holders(owner: number): Holders {
    return this.#holders[owner] as Holders;
  }

  isForgotten(number: number): boolean {
    return this.directory.get(number)?.user === null;
  }

  /** Does something that looks at everything before it changes anything. */
  atOnce<T>(change: () => T): T {
    this.#seen = PEOPLE.map((_, owner) => PEOPLE.map((__, user) => this.mayFind(owner, user)));
    const result = change();
    this.#seen = null;
    return result;
  }

  /** Whether an owner who has a number of a user's may learn that the user has an account. */
  mayFind(owner: number, user: number): boolean {
    if (this.#seen !== null) return this.#seen[owner]?.[user] ?? false;
    if (this.consent.isBlocked(owner, user)) return false;
    switch (this.consent.of(user)) {
      case "everybody":
        return true;
      case "mutual":
        return this.numbersOf(owner).some((number) => this.of(user).has(number));
      case "nobody":
        return false;
    }
  }

  numbersOf(user: number): number[] {
    return [...this.directory].flatMap(([number, entry]) => (entry.user === user ? [number] : []));
  }

  /** The link as reads show it: only while the directory confirms it, and its user is to be found. */
  confirmedLink(owner: number, number: number, { link, given }: Contact): number | null {
    if (link === null || !this.mayFind(owner, link)) return null;
    const entry = this.directory.get(number);
    if (entry === undefined) return given ? link : null;
    return entry.user === link ? link : null;
  }

  /** A contact as the library shows it. */
  shown(owner: number, number: number) {
    const contact = this.of(owner).get(number) as Contact;
    return {
      owner,
      number,
      link: this.confirmedLink(owner, number, contact),
      favorite: contact.favorite,
      interaction: contact.interaction,
    };
  }

  /** Stores a contact that somebody synced; not one that was forgotten. */
  add(owner: number, number: number): "inserted" | "updated" | "unchanged" {
    if (this.isForgotten(number)) return "unchanged";
    const isNew = !this.of(owner).has(number);
    if (isNew) this.of(owner).set(number, { ...NOBODY, ...this.#takeKept(owner, number) });
    const isCorrected = this.correct(owner, number);
    if (isNew) return "inserted";
    return isCorrected ? "updated" : "unchanged";
  }

  /** Stores a contact as a bulk insert has it. */
  write(item: Item): "contacts_inserted" | "contacts_updated" | "contacts_unchanged" {
    if (this.isForgotten(item.number)) return "contacts_unchanged";
    const stored = this.of(item.owner).get(item.number);
    const before = JSON.stringify(stored);
    const kept = stored === undefined ? this.#takeKept(item.owner, item.number) : undefined;
    const contact = stored ?? { ...NOBODY, ...kept };
    contact.favorite = item.favorite ?? contact.favorite;
    contact.interaction =
      item.interaction === null
        ? contact.interaction
        : Math.max(item.interaction, kept?.interaction ?? 0);
    this.of(item.owner).set(item.number, contact);
    this.holders(item.owner).hold(null, [item.number]);
    // One's own account is nobody, and what the directory says goes before.
    const isOfUse = item.link !== item.owner && !this.directory.has(item.number);
    if (item.link !== null && isOfUse) {
      const isMore = item.link !== contact.link && this.held.has(item.owner);
      contact.link = isMore ? null : item.link;
      contact.given = !isMore;
    }
    this.correct(item.owner, item.number);
    if (stored === undefined) return "contacts_inserted";
    return JSON.stringify(contact) === before ? "contacts_unchanged" : "contacts_updated";
  }

  /**
   * Makes a stored link what the directory and its user say; a given one stands where the directory
   * says nothing. Also of a number that was forgotten.
   */
  correct(owner: number, number: number): boolean {
    const contact = this.of(owner).get(number) as Contact;
    const before = JSON.stringify(contact);
    Object.assign(contact, this.rightLink(owner, number));
    return JSON.stringify(contact) !== before;
  }

  rightLink(owner: number, number: number): Pick<Contact, "link" | "given"> {
    const { link, given } = this.of(owner).get(number) as Contact;
    const entry = this.directory.get(number);
    const user = entry === undefined ? (given ? link : null) : entry.user;
    const isMore = user !== link && this.held.has(owner);
    if (user === null || user === owner || isMore || !this.mayFind(owner, user)) {
      return { link: null, given: false };
    }
    return { link: user, given: entry === undefined };
  }

  /**
   * Somebody's book has got numbers, or lost some, of which it may depend who finds them. All of one
   * statement at once.
   */
  tellMutual(user: number, numbers: Iterable<number>, gains: boolean): void {
    if (this.consent.of(user) !== "mutual") return;
    const people = [...numbers].flatMap((number) => this.directory.get(number)?.user ?? []);
    const others = [...new Set(people)].filter((other) => other !== user);
    const places = this.numbersOf(user).flatMap((number) =>
      others.map((owner) => ({ number, owner })),
    );
    this.queue.look(places, gains);
    const isGiven = this.all.some((book) =>
      [...book.values()].some(({ link, given }) => given && link === user),
    );
    if (!gains && people.length > 0 && isGiven) this.queue.lookAtGiven(user, false);
  }

  /** A forgotten number leaves all books, and what is kept; devices go on from where they are. */
  forget(number: number): void {
    for (const owner of this.all.keys()) {
      this.of(owner).delete(number);
      this.kept[owner]?.delete(number);
      this.holders(owner).forget(number);
    }
  }

  /** A sync takes contacts out of a book that nobody holds any more; that it was paid for, and what was chosen, is kept. */
  remove(owner: number, numbers: readonly number[]): void {
    for (const number of numbers) {
      const { favorite, interaction } = this.of(owner).get(number) as Contact;
      this.of(owner).delete(number);
      this.kept[owner]?.set(number, { favorite, interaction });
    }
    if (numbers.length > 0) this.tellMutual(owner, numbers, false);
  }

  /** Somebody deletes contacts; what was chosen for them goes too. */
  delete(owner: number, numbers: readonly number[]): number {
    for (const number of numbers) this.kept[owner]?.delete(number);
    this.holders(owner).releaseAll(numbers);
    const deleted = numbers.filter((number) => this.of(owner).delete(number)).length;
    if (deleted > 0) this.tellMutual(owner, numbers, false);
    return deleted;
  }

  deleteAll(owner: number): number {
    const deleted = this.delete(owner, [...this.of(owner).keys()]);
    this.kept[owner]?.clear();
    return deleted;
  }

  /** And nothing is known of the devices. */
  erase(owner: number): number {
    this.consent.erase(owner);
    this.held.delete(owner);
    this.queue.books = this.queue.books.filter(
      ({ person, areGiven }) => areGiven || person !== owner,
    );
    const deleted = this.deleteAll(owner);
    this.#holders[owner] = new Holders();
    return deleted;
  }

  /** What was chosen for a contact that comes back. */
  #takeKept(owner: number, number: number): Choices | undefined {
    const kept = this.kept[owner]?.get(number);
    this.kept[owner]?.delete(number);
    return kept;
  }
}
