/** Links to be looked at: of a number, in everybody's book (null) or in one. */
export interface Entry {
  readonly number: number;
  readonly owner: number | null;
  /** They were gone for a moment of which the linker knows nothing. */
  readonly isReturn: boolean;
}

/** Links to be looked at of which the numbers are not known: a book's, or those given to somebody. */
export interface BookEntry {
  /** Null, of given ones: to anybody. */
  readonly person: number | null;
  readonly areGiven: boolean;
  readonly isReturn: boolean;
}

/** What is still to be told to the linker. */
export class Queue {
  entries: Entry[] = [];
  books: BookEntry[] = [];

  /** @param gains whether somebody may see them now who may have seen them gone a moment ago */
  look(places: readonly { number: number; owner: number | null }[], gains: boolean): void {
    // Asked of all of them before any is there.
    const entries = places.map(({ number, owner }) => ({
      number,
      owner,
      isReturn: gains && this.#waits(number, owner),
    }));
    this.entries.push(...entries);
  }

  /** Of these people, whom they may find. */
  recheck(people: Iterable<number>): void {
    const entries = [...new Set(people)].map((person) => ({
      person,
      areGiven: false,
      isReturn: this.books.some((entry) => entry.person === person),
    }));
    this.books.push(...entries);
  }

  lookAtGiven(person: number | null, gains: boolean): void {
    const isReturn =
      gains &&
      this.books.some(
        (entry) =>
          entry.areGiven && (person === null || entry.person === null || entry.person === person),
      );
    this.books.push({ person, areGiven: true, isReturn });
  }

  #waits(number: number, owner: number | null): boolean {
    return this.entries.some(
      (entry) =>
        entry.number === number &&
        (entry.owner === null || owner === null || entry.owner === owner),
    );
  }
}
