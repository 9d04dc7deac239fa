import { Holders } from "./holders.ts";
import type { Item } from "./operations.ts";
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
  readonly directory = new Map<number, { user: number; verified: number }>();
  readonly all = PEOPLE.map(() => new Map<number, Contact>());
  /** What was chosen for contacts that a sync has removed, not more than a month ago. */
  readonly kept = PEOPLE.map(() => new Map<number, Choices>());
  readonly #holders = PEOPLE.map(() => new Holders());

  of(owner: number): Map<number, Contact> {
    return this.all[owner] as Map<number, Contact>;
  }

  holders(owner: number): Holders {
    return this.#holders[owner] as Holders;
  }

  /** The link as reads show it: only while the directory confirms it. */
  confirmedLink(number: number, { link, given }: Contact): number | null {
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
      link: this.confirmedLink(number, contact),
      favorite: contact.favorite,
      interaction: contact.interaction,
    };
  }

  /** Stores a contact that somebody synced. */
  add(owner: number, number: number): "inserted" | "updated" | "unchanged" {
    const isNew = !this.of(owner).has(number);
    if (isNew) this.of(owner).set(number, { ...NOBODY, ...this.#takeKept(owner, number) });
    const isCorrected = this.correct(owner, number);
    if (isNew) return "inserted";
    return isCorrected ? "updated" : "unchanged";
  }

  /** Stores a contact as a bulk insert has it. */
  write(item: Item): "contacts_inserted" | "contacts_updated" | "contacts_unchanged" {
    const stored = this.of(item.owner).get(item.number);
    const before = JSON.stringify(stored);
    const kept = stored === undefined ? this.#takeKept(item.owner, item.number) : undefined;
    const contact = stored ?? { ...NOBODY, ...kept };
    contact.favorite = item.favorite ?? contact.favorite;
    contact.interaction =
      item.interaction === null
        ? contact.interaction
        : Math.max(item.interaction, kept?.interaction ?? 0);
    // One's own account is nobody.
    if (item.link !== null && item.link !== item.owner) {
      contact.link = item.link;
      contact.given = true;
    }
    this.of(item.owner).set(item.number, contact);
    this.holders(item.owner).hold(null, [item.number]);
    this.correct(item.owner, item.number);
    if (stored === undefined) return "contacts_inserted";
    return JSON.stringify(contact) === before ? "contacts_unchanged" : "contacts_updated";
  }

  /** Makes a stored link what the directory says; a given one stands where it says nothing. */
  correct(owner: number, number: number): boolean {
    const contact = this.of(owner).get(number) as Contact;
    const entry = this.directory.get(number);
    const before = JSON.stringify(contact);
    if (entry !== undefined) {
      contact.link = entry.user === owner ? null : entry.user;
      contact.given = false;
    } else if (!contact.given) {
      contact.link = null;
    }
    return JSON.stringify(contact) !== before;
  }

  /** A sync takes contacts out of a book that nobody holds any more; what was chosen is kept. */
  remove(owner: number, numbers: readonly number[]): void {
    for (const number of numbers) {
      const { favorite, interaction } = this.of(owner).get(number) as Contact;
      this.of(owner).delete(number);
      if (favorite || interaction !== null) {
        this.kept[owner]?.set(number, { favorite, interaction });
      }
    }
  }

  /** Somebody deletes contacts; what was chosen for them goes too. */
  delete(owner: number, numbers: readonly number[]): number {
    for (const number of numbers) this.kept[owner]?.delete(number);
    this.holders(owner).releaseAll(numbers);
    return numbers.filter((number) => this.of(owner).delete(number)).length;
  }

  deleteAll(owner: number): number {
    const deleted = this.delete(owner, [...this.of(owner).keys()]);
    this.kept[owner]?.clear();
    return deleted;
  }

  /** And nothing is known of the devices. */
  erase(owner: number): number {
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
