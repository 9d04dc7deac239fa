import { RECOMMENDED_CHUNK_CONTACTS } from "@contact-sync/client";
import { expect } from "vitest";
import { Books, type Contact } from "./books.ts";
import type { Choice } from "./consent.ts";
import type { Item, Operation } from "./operations.ts";
import type { Entry } from "./queue.ts";
import { type Delta, Syncs } from "./syncs.ts";
import { HASHES } from "./world.ts";

/** An operation, and the delta that it comes to where it is one that a device makes up. */
export interface Call {
  readonly operation: Operation;
  readonly delta: Delta | null;
}

/** What contact-sync is, without a database: books, a directory, and what is still to be told. */
export class Model {
  readonly books = new Books();
  readonly syncs = new Syncs(this.books);
  readonly #directory = this.books.directory;
  readonly #queue = this.books.queue;
  /**
   * Whether anything but the directory has changed what is to be linked: then the linker has the
   * same contact in its hands by several entries, and how often it counts it is its own affair.
   */
  #isCounted = true;
  /** Of whom a number came or went in this call. */
  readonly #concerned = new Set<number>();

  /** What an operation comes to, as things are. */
  callOf(operation: Operation): Call {
    switch (operation.do) {
      case "delta":
        return { operation, delta: this.syncs.makeDelta(operation) };
      case "resend":
        return { operation, delta: this.syncs.lastDelta(operation) };
      default:
        return { operation, delta: null };
    }
  }

  /** Does the operation and says what the library must return, errors by their code. */
  apply(call: Call): unknown {
    const result = this.#do(call);
    // Once for all that a call changes.
    if (this.#concerned.size > 0) this.#queue.recheck(this.#concerned);
    this.#concerned.clear();
    return result;
  }

  #do({ operation, delta }: Call): unknown {
    switch (operation.do) {
      case "sync":
        return this.syncs.sync(operation);
      case "session":
        return this.syncs.session(operation);
      case "delta":
      case "resend":
        return timesSent(operation, delta).map((sent) => this.syncs.delta(sent));
      case "forgetDevice":
        return this.syncs.forgetDevice(operation);
      case "monthPasses":
        for (const kept of this.books.kept) kept.clear();
        return;
      case "bulkInsert":
        return this.bulkInsert(
          operation.items,
          operation.streamed ? RECOMMENDED_CHUNK_CONTACTS : Infinity,
          operation.batchSize,
        );
      case "create":
        this.write([operation.item]);
        if (this.books.isForgotten(operation.item.number)) return { error: "CONTACT_NOT_FOUND" };
        return this.books.shown(operation.item.owner, operation.item.number);
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
        return this.runLinker(null);
      case "favorite":
        return this.change(operation.owner, operation.number, (contact) => {
          contact.favorite = operation.is;
        });
      case "interaction":
        return this.change(operation.owner, operation.number, (contact) => {
          contact.interaction = Math.max(contact.interaction ?? 0, operation.at);
        });
      case "delete":
        return this.books.delete(operation.owner, operation.numbers);
      case "deleteAll":
        return this.books.deleteAll(operation.owner);
      case "erase":
        return this.erase(operation.user);
      case "choose":
        this.choose(operation.user, operation.choice);
        return;
      case "block":
      case "unblock": {
        const { user, other } = operation;
        if (user === other) return { error: "INVALID_ARGUMENT" };
        const isBlocked = operation.do === "block";
        const hasChanged = this.books.consent.block(other, user, isBlocked);
        if (hasChanged) this.#queue.lookAtGiven(user, !isBlocked);
        this.#linkByConsent();
        return hasChanged;
      }
      case "read":
        return [...this.books.of(operation.owner).keys()]
          .sort()
          .map((number) => this.books.shown(operation.owner, number));
      case "chooseDefault":
        return this.chooseDefault(operation.choice);
      case "forgetNumber":
        return this.forgetNumber(operation.number);
      case "liftNumber": {
        const wasForgotten = this.books.isForgotten(operation.number);
        if (wasForgotten) this.#directory.delete(operation.number);
        this.runLinker([operation.number]);
        return wasForgotten;
      }
      case "hold":
        this.#isCounted = false;
        this.books.held.add(operation.owner);
        return;
      case "release": {
        const released = this.books.held.delete(operation.owner);
        if (released) this.#queue.recheck([operation.owner]);
        return { released };
      }
    }
  }

  /** All is looked at before the call returns, beside whatever was waiting. */
  #linkByConsent(): void {
    this.#isCounted = false;
    const contacts = this.books.all.flatMap((book, owner) =>
      [...book.keys()].map((number) => ({ number, owner })),
    );
    this.#queue.look(contacts, false);
    this.runLinker(null);
  }

  private choose(user: number, choice: Choice | null): void {
    const { consent } = this.books;
    const before = consent.choices[user];
    consent.choices[user] = choice;
    const [from, to] = [before ?? consent.byDefault, consent.of(user)];
    // Back to the default, which may be changing at this moment.
    if (before !== choice && (from !== to || choice === null)) {
      const gains = from === "nobody" || to === "everybody" || choice === null;
      this.#queue.lookAtGiven(user, gains);
    }
    this.#linkByConsent();
  }

  private chooseDefault(choice: Choice): unknown {
    const { consent } = this.books;
    const before = consent.byDefault;
    consent.byDefault = choice;
    if (before === choice) return choice;
    this.#isCounted = false;
    const gains = before === "nobody" || choice === "everybody";
    const numbers = [...this.#directory].flatMap(([number, { user }]) =>
      user !== null && consent.choices[user] === null ? [{ number, owner: null }] : [],
    );
    this.#queue.look(numbers, gains);
    this.#queue.lookAtGiven(null, gains);
    return choice;
  }

  private forgetNumber(number: number): unknown {
    const entry = this.#directory.get(number);
    if (entry !== undefined && entry.user !== null) return { error: "NUMBER_HAS_ACCOUNT" };
    this.#directory.set(number, { user: null, verified: Number.POSITIVE_INFINITY });
    this.books.forget(number);
    this.syncs.everForgotten.add(number);
    this.runLinker([number]);
    return entry === undefined;
  }

  /** What a bulk insert has of one chunk. */
  private write(items: readonly Item[]): ReturnType<Books["write"]>[] {
    const outcomes = this.books.atOnce(() => items.map((item) => this.books.write(item)));
    for (const owner of new Set(items.map((item) => item.owner))) {
      const news = items.filter(
        (item, place) => item.owner === owner && outcomes[place] === "contacts_inserted",
      );
      this.books.tellMutual(
        owner,
        news.map(({ number }) => number),
        true,
      );
    }
    for (const [place, { owner, number }] of items.entries()) {
      const { link, given } = this.books.of(owner).get(number) ?? { link: null, given: false };
      if (outcomes[place] === "contacts_unchanged" || !given || link === null) continue;
      if (this.books.consent.of(link) === "mutual") this.#queue.lookAtGiven(link, false);
    }
    return outcomes;
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
      const written = [...distinct.values()];
      for (const outcome of this.write(written)) counts[outcome] += 1;
      const links = written.map(({ owner, number }) => this.books.of(owner).get(number)?.link);
      counts.matched_contacts += links.filter((link) => link != null).length;
    }
    return counts;
  }

  private enter(verification: {
    user: number;
    number: number;
    verified: number;
  }): "changed" | "unchanged" | "outdated" {
    const { user, number, verified } = verification;
    const known = this.#directory.get(number);
    if (known !== undefined && verified <= known.verified) {
      return verified === known.verified && user === known.user ? "unchanged" : "outdated";
    }
    this.#directory.set(number, { user, verified });
    this.#queue.look([{ number, owner: null }], known?.user !== user);
    this.#recheck([user, known?.user ?? user]);
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
      const known = this.#directory.get(number);
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
    const entry = this.#directory.get(number);
    if (entry === undefined || entry.user === null) return false;
    if (user !== null && entry.user !== user) return false;
    this.#directory.delete(number);
    this.#queue.look([{ number, owner: null }], false);
    this.#recheck([entry.user]);
    return true;
  }

  /** Whom they may find may depend on the numbers that they have. */
  #recheck(people: readonly number[]): void {
    if (!this.books.consent.isAnybodyMutual()) return;
    for (const person of people) this.#concerned.add(person);
  }

  /** @param numbers null is all, and then whole books as well */
  private runLinker(numbers: readonly number[] | null) {
    if (numbers === null) this.#expandBooks();
    const isDue = ({ number }: Entry) => numbers === null || numbers.includes(number);
    const due = this.#queue.entries.filter(isDue);
    this.#queue.entries = this.#queue.entries.filter((entry) => !isDue(entry));
    let changed = 0;
    // As if it were gone, and then once more; once for all that are the same.
    const returns = due.filter(({ isReturn }) => isReturn);
    const distinct = new Set(returns.map(({ number, owner }) => `${number} ${owner}`));
    for (const { number, owner, contact } of this.#contactsOf(returns)) {
      const isTaken = returns.some((entry) => entry.number === number && entry.owner === owner);
      if (contact.link === null || (contact.given && !isTaken)) continue;
      contact.link = null;
      contact.given = false;
      changed += 1;
    }
    for (const { number, owner } of this.#contactsOf(due)) {
      if (this.books.correct(owner, number)) changed += 1;
    }
    return {
      contacts_changed: this.#isCounted ? changed : expect.any(Number),
      entries_finished: this.#isCounted ? due.length + distinct.size : expect.any(Number),
      entries_waiting: 0,
    };
  }

  #contactsOf(entries: readonly Entry[]) {
    return this.books.all.flatMap((book, owner) =>
      [...book]
        .filter(([number]) =>
          entries.some(
            (entry) => entry.number === number && (entry.owner === null || entry.owner === owner),
          ),
        )
        .map(([number, contact]) => ({ owner, number, contact })),
    );
  }

  #expandBooks(): void {
    const { books } = this.#queue;
    this.#queue.books = [];
    for (const { person, areGiven, isReturn } of books) {
      for (const [owner, book] of this.books.all.entries()) {
        for (const [number, { link, given }] of book) {
          const isMeant = areGiven
            ? given && (person === null || link === person)
            : owner === person;
          if (!isMeant) continue;
          // Where the default has changed and changed back, those were gone who go by it; of an
          // owner's book only those can have been who are found by whom they have themselves.
          const { consent } = this.books;
          const mayBlink = (user: number) =>
            areGiven ? person !== null || consent.choices[user] === null : consent.isMutual(user);
          const wasGone = isReturn && link !== null && mayBlink(link);
          this.#queue.entries.push({ number, owner, isReturn: wasGone });
        }
      }
    }
  }

  private change(owner: number, number: number, how: (contact: Contact) => void): unknown {
    const contact = this.books.of(owner).get(number);
    if (contact === undefined) return { error: "CONTACT_NOT_FOUND" };
    how(contact);
    return this.books.shown(owner, number);
  }

  private erase(user: number): unknown {
    let given = 0;
    for (const book of this.books.all) {
      for (const contact of book.values()) {
        if (!contact.given || contact.link !== user) continue;
        contact.link = null;
        contact.given = false;
        given += 1;
      }
    }
    const unlinked = HASHES.filter((_, number) => this.leave(number, user)).length;
    this.#concerned.clear();
    const deleted = this.books.erase(user);
    const folded = this.syncs.erase(user);
    this.runLinker(null);
    return {
      contacts_deleted: deleted,
      phones_unlinked: unlinked,
      given_links_removed: given,
      runs_folded: folded,
    };
  }
}

/** A delta as often as it is sent; not at all where the device has none to send. */
export function timesSent(operation: Operation, delta: Delta | null): Delta[] {
  if (delta === null) return [];
  return operation.do === "delta" && operation.twice ? [delta, delta] : [delta];
}
