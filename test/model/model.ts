import { RECOMMENDED_CHUNK_CONTACTS } from "@contact-sync/client";
import { Books, type Contact } from "./books.ts";
import type { Item, Operation } from "./operations.ts";
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
  /** The linker's queue. */
  pending: number[] = [];
  /** Of those, numbers that went from one to another before the linker had been round. */
  readonly #returned = new Set<number>();

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
  apply({ operation, delta }: Call): unknown {
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
        this.books.write(operation.item);
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
        return this.books.delete(operation.owner, operation.numbers);
      case "deleteAll":
        return this.books.deleteAll(operation.owner);
      case "erase":
        return this.erase(operation.user);
    }
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
        counts[this.books.write(entry)] += 1;
        if (this.books.of(entry.owner).get(entry.number)?.link !== null)
          counts.matched_contacts += 1;
      }
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
    if (this.pending.includes(number) && known?.user !== user) this.#returned.add(number);
    this.#directory.set(number, { user, verified });
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
    if (entry === undefined || (user !== null && entry.user !== user)) return false;
    this.#directory.delete(number);
    this.pending.push(number);
    return true;
  }

  private runLinker(numbers: readonly number[]) {
    const due = new Set(this.pending.filter((number) => numbers.includes(number)));
    let changed = 0;
    let finished = 0;
    // As if it were gone, and then once more.
    for (const number of [...due].filter((one) => this.#returned.delete(one))) {
      for (const book of this.books.all) {
        const contact = book.get(number);
        if (contact === undefined || contact.given || contact.link === null) continue;
        contact.link = null;
        changed += 1;
      }
      finished += 1;
    }
    for (const [owner, book] of this.books.all.entries()) {
      for (const number of book.keys()) {
        if (due.has(number) && this.books.correct(owner, number)) changed += 1;
      }
    }
    const waiting = this.pending.filter((number) => !due.has(number));
    finished += this.pending.length - waiting.length;
    this.pending = waiting;
    return { contacts_changed: changed, entries_finished: finished, entries_waiting: 0 };
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
    const deleted = this.books.erase(user);
    const folded = this.syncs.erase(user);
    this.runLinker(this.pending);
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
