import { hashOf } from "./address-book.ts";
import type { Random } from "./random.ts";
import type { SimulatedService } from "./service.ts";

/** Somebody who may join, leave, and come again. */
export interface Person {
  readonly userId: string;
  /** Those of the world that may be theirs. */
  readonly numbers: readonly number[];
  /** Always linked without an announcement. */
  readonly isSilent: boolean;
}

/** Who has which number. */
export class People {
  readonly #random: Random;
  readonly #service: SimulatedService;
  readonly all: readonly Person[];
  readonly #silent: ReadonlySet<string>;
  directory = new Map<number, string>();

  constructor(
    random: Random,
    service: SimulatedService,
    owners: readonly string[],
    numbers: number,
  ) {
    this.#random = random;
    this.#service = service;
    const others = Array.from({ length: Math.ceil(numbers / 4) }, () => random.uuid());
    this.all = [...owners, ...others].map((userId) => ({
      userId,
      numbers: Array.from({ length: random.one([1, 1, 1, 2]) }, () => random.whole(0, numbers - 1)),
      isSilent: random.chance(0.2),
    }));
    this.#silent = new Set(this.all.flatMap(({ userId, isSilent }) => (isSilent ? [userId] : [])));
  }

  isSilent(userId: string): boolean {
    return this.#silent.has(userId);
  }

  hashesOf(userId: string): string[] {
    return this.all.find((one) => one.userId === userId)?.numbers.map(hashOf) ?? [];
  }

  /** A number may be somebody else's, who has it no more from then on. */
  async join(): Promise<void> {
    const person = this.#random.one(this.all);
    const n = this.#random.one(person.numbers);
    await this.#service.link(person.userId, n, !person.isSilent);
    this.directory.set(n, person.userId);
  }

  async leave(): Promise<void> {
    if (this.directory.size === 0) return;
    const [n, userId] = this.#random.one([...this.directory]);
    await this.#service.unlink(userId, n);
    this.directory.delete(n);
  }

  /** Whom an owner finds by some numbers, and by which of them. */
  foundBy(owner: string, numbers: Iterable<number>): Map<string, number[]> {
    const found = new Map<string, number[]>();
    for (const n of numbers) {
      const user = this.directory.get(n);
      if (user !== undefined && user !== owner) found.set(user, [...(found.get(user) ?? []), n]);
    }
    return found;
  }
}
