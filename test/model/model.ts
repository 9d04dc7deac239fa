import { RECOMMENDED_CHUNK_CONTACTS } from "@contact-sync/client";
import type { Item, Operation } from "./operations.ts";
import { HASHES, PEOPLE } from "./world.ts";

// What contact-sync is, without a database: books, a directory, and what is still to be told.

/** A stored contact; people are their places in the world. */
export interface Contact {
  link: number | null;
  given: boolean;
  favorite: boolean;
  interaction: number | null;
}

const NOBODY: Contact = { link: null, given: false, favorite: false, interaction: null };

export interface Run {
  readonly owner: number;
  readonly status: "completed" | "failed";
  readonly mode: string;
  readonly device: number;
  readonly synced: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly matched: number;
  readonly error: string | null;
}

type Sync = Extract<Operation, { do: "sync" }>;

export class Model {
  readonly directory = new Map<number, { user: number; verified: number }>();
  readonly books = PEOPLE.map(() => new Map<number, Contact>());
  /** The linker's queue. */
  pending: number[] = [];
  /** Of those, numbers that went from one to another before the linker had been round. */
  readonly returned = new Set<number>();
  /** What was chosen for contacts that a sync has removed. */
  readonly kept = PEOPLE.map(() => new Map<number, Pick<Contact, "favorite" | "interaction">>());
  runs: Run[] = [];
  /** Runs of erased owners. */
  readonly folded: Run[] = [];
  /** Rows that refused streams left behind. */
  readonly staged = PEOPLE.map(() => 0);
  /** What streams that were refused have added since the last sync that was completed. */
  readonly added = PEOPLE.map((): ReadonlySet<number> => new Set());
  /** New numbers that were charged to the budget. What comes back of it meanwhile is less than one. */
  readonly spent = PEOPLE.map(() => 0);
  readonly lastSync = PEOPLE.map((): Run | null => null);
  readonly lastError = PEOPLE.map((): string | null => null);

  /** Does the operation and says what the library must return, errors by their code. */
  apply(operation: Operation): unknown {
    switch (operation.do) {
      case "sync":
        return this.sync(operation);
      case "bulkInsert":
        return this.bulkInsert(
          operation.items,
          operation.streamed ? RECOMMENDED_CHUNK_CONTACTS : Infinity,
          operation.batchSize,
        );
      case "create":
        this.write(operation.item);
        return this.shown(operation.item.owner, operation.item.number);
      case "link":
      case "linkInSql": {
        const outcome = this.enter(operation);
        if (outcome === "outdated") return { error: "VERIFICATION_OUTDATED" };
        if (operation.do === "link") this.runLinker([operation.number]);
        return outcome === "changed";
      }
      case "linkMany":
        return this.linkMany(operation.entries);
      case "unlink": {
        const removed = new Set(
          operation.numbers.filter((number) => this.leave(number, operation.user)),
        );
        this.runLinker(operation.numbers);
        return removed.size;
      }
      case "unlinkInSql":
        return this.leave(operation.number, null);
      case "linkPending":
        return this.runLinker(this.pending);
      case "favorite":
        return this.change(operation.owner, operation.number, (contact) => {
          contact.favorite = operation.is;
        });
      case "interaction":
        return this.change(operation.owner, operation.number, (contact) => {
          contact.interaction = Math.max(contact.interaction ?? 0, operation.at);
        });
      case "delete":
        for (const number of operation.numbers) this.kept[operation.owner]?.delete(number);
        return operation.numbers.filter((number) => this.book(operation.owner).delete(number))
          .length;
      case "deleteAll": {
        const { size } = this.book(operation.owner);
        this.book(operation.owner).clear();
        this.kept[operation.owner]?.clear();
        return size;
      }
      case "erase":
        return this.erase(operation.user);
    }
  }

  /** The link as reads show it: only while the directory confirms it. */
  confirmedLink(number: number, { link, given }: Contact): number | null {
    const entry = this.directory.get(number);
    if (entry === undefined) return given ? link : null;
    return entry.user === link ? link : null;
  }

  book(owner: number): Map<number, Contact> {
    return this.books[owner] as Map<number, Contact>;
  }

  /** A contact as the library shows it. */
  shown(owner: number, number: number) {
    const contact = this.book(owner).get(number) as Contact;
    return {
      owner,
      number,
      link: this.confirmedLink(number, contact),
      favorite: contact.favorite,
      interaction: contact.interaction,
    };
  }

  private sync({ owner, numbers, mode, confirmRemoval, streamed, batchSize }: Sync): unknown {
    const book = this.book(owner);
    const readable = numbers.filter((number) => number !== null);
    const wanted = new Set(readable);
    const missing = [...book.keys()].filter((number) => !wanted.has(number));
    // A removal is measured against the book, and against it without what a refused stream has
    // added. A stream's own additions are here not in the book yet.
    const added = this.added[owner] ?? new Set();
    const lost = missing.filter((number) => !added.has(number)).length;
    const before = [...book.keys()].filter((number) => !added.has(number)).length;
    const others = [...wanted].filter((number) => !book.has(number)).length;
    const stored = book.size + (streamed ? others : 0);
    const isMostOfIt = missing.length * 2 > stored || lost * 2 > before;
    const refused = mode === "replace" && isMostOfIt && !confirmRemoval;
    const device = numbers.length;
    const none = { synced: 0, inserted: 0, updated: 0, unchanged: 0, removed: 0, matched: 0 };
    if (refused && !streamed) return this.failed({ owner, mode, device, ...none });

    if (mode === "replace" && !refused) for (const number of missing) this.remove(owner, number);
    let [inserted, updated] = [0, 0];
    const news = new Set<number>();
    for (const number of wanted) {
      if (!book.has(number)) {
        inserted += 1;
        news.add(number);
        book.set(number, { ...NOBODY, ...this.keptFor(owner, number) });
        this.correct(owner, number);
      } else if (this.correct(owner, number)) {
        updated += 1;
      }
    }
    const spent = (this.spent[owner] ?? 0) + news.size;
    this.spent[owner] = spent;
    // A stream has added by the time it is refused.
    if (refused) {
      this.staged[owner] = (this.staged[owner] ?? 0) + wanted.size;
      this.added[owner] = new Set([...added, ...news]);
      return this.failed({ owner, mode, device, ...none });
    }

    const matches = [...wanted]
      .map((number) => ({
        number,
        index: numbers.indexOf(number),
        indexes: numbers.flatMap((other, index) => (other === number ? [index] : [])),
        user: book.get(number)?.link ?? null,
      }))
      .filter(({ user }) => user !== null);
    const run: Run = {
      owner,
      status: "completed",
      mode,
      device,
      synced: wanted.size,
      inserted,
      updated,
      unchanged: wanted.size - inserted - updated,
      removed: mode === "replace" ? missing.length : 0,
      matched: matches.length,
      error: null,
    };
    this.runs.push(run);
    this.added[owner] = new Set();
    this.lastSync[owner] = run;
    this.lastError[owner] = null;
    return {
      total_processed: run.synced,
      contacts_inserted: inserted,
      contacts_updated: updated,
      contacts_unchanged: run.unchanged,
      contacts_removed: run.removed,
      matched_contacts: run.matched,
      duplicates: readable.length - wanted.size,
      batch_size: batchSize,
      budget: 20_000 - spent,
      rejected: numbers.flatMap((number, index) => (number === null ? [index] : [])),
      repeated: numbers.flatMap((number, index) => {
        const first = numbers.indexOf(number);
        return number === null || first === index ? [] : [{ index, repeats: first }];
      }),
      matches: matches.toSorted((one, other) => one.index - other.index),
    };
  }

  /** Takes a contact out of a book, and keeps what was chosen for it. */
  private remove(owner: number, number: number): void {
    const { favorite, interaction } = this.book(owner).get(number) as Contact;
    this.book(owner).delete(number);
    if (favorite || interaction !== null) this.kept[owner]?.set(number, { favorite, interaction });
  }

  /** What was chosen for a contact that comes back. */
  private keptFor(owner: number, number: number) {
    const kept = this.kept[owner]?.get(number);
    this.kept[owner]?.delete(number);
    return kept;
  }

  private failed(run: Omit<Run, "status" | "error">): unknown {
    const error = "REPLACE_NEEDS_CONFIRMATION";
    this.runs.push({ ...run, status: "failed", error });
    this.lastError[run.owner] = error;
    return { error };
  }

  private bulkInsert(items: readonly Item[], chunk: number, batchSize: number): unknown {
    const counts = {
      total_processed: 0,
      contacts_inserted: 0,
      contacts_updated: 0,
      contacts_unchanged: 0,
      matched_contacts: 0,
      duplicates: 0,
      batch_size: batchSize,
    };
    for (let first = 0; first < items.length; first += chunk) {
      const entries = items.slice(first, first + chunk);
      // The last one of a contact wins.
      const distinct = new Map(entries.map((entry) => [`${entry.owner} ${entry.number}`, entry]));
      counts.duplicates += entries.length - distinct.size;
      counts.total_processed += distinct.size;
      for (const entry of distinct.values()) {
        counts[this.write(entry)] += 1;
        if (this.book(entry.owner).get(entry.number)?.link !== null) counts.matched_contacts += 1;
      }
    }
    return counts;
  }

  private write(item: Item): "contacts_inserted" | "contacts_updated" | "contacts_unchanged" {
    const stored = this.book(item.owner).get(item.number);
    const before = JSON.stringify(stored);
    const kept = stored === undefined ? this.keptFor(item.owner, item.number) : undefined;
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
    this.book(item.owner).set(item.number, contact);
    this.correct(item.owner, item.number);
    if (stored === undefined) return "contacts_inserted";
    return JSON.stringify(contact) === before ? "contacts_unchanged" : "contacts_updated";
  }

  /** Makes a stored link what the directory says; a given one stands where it says nothing. */
  private correct(owner: number, number: number): boolean {
    const contact = this.book(owner).get(number) as Contact;
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

  private enter(verification: {
    user: number;
    number: number;
    verified: number;
  }): "changed" | "unchanged" | "outdated" {
    const { user, number, verified } = verification;
    const known = this.directory.get(number);
    if (known !== undefined && verified <= known.verified) {
      return verified === known.verified && user === known.user ? "unchanged" : "outdated";
    }
    if (this.pending.includes(number) && known?.user !== user) this.returned.add(number);
    this.directory.set(number, { user, verified });
    this.pending.push(number);
    return "changed";
  }

  private linkMany(
    entries: readonly { user: number; number: number; verified: number }[],
  ): unknown {
    // Of one number's, the newest counts; of equals, the last.
    const newest = new Map<number, (typeof entries)[number]>();
    for (const entry of entries) {
      const best = newest.get(entry.number);
      if (best === undefined || entry.verified >= best.verified) newest.set(entry.number, entry);
    }
    const changed = new Set(
      [...newest.values()]
        .filter((entry) => this.enter(entry) === "changed")
        .map(({ number }) => number),
    );
    const outdated = entries.flatMap(({ user, number, verified }, index) => {
      const known = this.directory.get(number);
      if (changed.has(number) || known === undefined) return [];
      const isOlder = verified < known.verified;
      return isOlder || (verified === known.verified && user !== known.user) ? [index] : [];
    });
    return {
      phones_linked: changed.size,
      phones_unchanged: entries.length - changed.size - outdated.length,
      outdated,
      contacts_changed: this.runLinker(entries.map(({ number }) => number)).contacts_changed,
    };
  }

  private leave(number: number, user: number | null): boolean {
    const entry = this.directory.get(number);
    if (entry === undefined || (user !== null && entry.user !== user)) return false;
    this.directory.delete(number);
    this.pending.push(number);
    return true;
  }

  private runLinker(numbers: readonly number[]) {
    const due = new Set(this.pending.filter((number) => numbers.includes(number)));
    let changed = 0;
    let finished = 0;
    // As if it were gone, and then once more.
    for (const number of [...due].filter((one) => this.returned.delete(one))) {
      for (const book of this.books) {
        const contact = book.get(number);
        if (contact === undefined || contact.given || contact.link === null) continue;
        contact.link = null;
        changed += 1;
      }
      finished += 1;
    }
    for (const [owner, book] of this.books.entries()) {
      for (const number of book.keys()) {
        if (due.has(number) && this.correct(owner, number)) changed += 1;
      }
    }
    const waiting = this.pending.filter((number) => !due.has(number));
    finished += this.pending.length - waiting.length;
    this.pending = waiting;
    return { contacts_changed: changed, entries_finished: finished, entries_waiting: 0 };
  }

  private change(owner: number, number: number, how: (contact: Contact) => void): unknown {
    const contact = this.book(owner).get(number);
    if (contact === undefined) return { error: "CONTACT_NOT_FOUND" };
    how(contact);
    return this.shown(owner, number);
  }

  private erase(user: number): unknown {
    let given = 0;
    for (const book of this.books) {
      for (const contact of book.values()) {
        if (!contact.given || contact.link !== user) continue;
        contact.link = null;
        contact.given = false;
        given += 1;
      }
    }
    const unlinked = HASHES.filter((_, number) => this.leave(number, user)).length;
    const { size } = this.book(user);
    this.book(user).clear();
    this.kept[user]?.clear();
    const folded = this.runs.filter(({ owner }) => owner === user);
    this.folded.push(...folded);
    this.runs = this.runs.filter(({ owner }) => owner !== user);
    this.staged[user] = 0;
    this.added[user] = new Set();
    this.spent[user] = 0;
    this.lastSync[user] = null;
    this.lastError[user] = null;
    this.runLinker(this.pending);
    return {
      contacts_deleted: size,
      phones_unlinked: unlinked,
      given_links_removed: given,
      runs_folded: folded.length,
    };
  }
}
