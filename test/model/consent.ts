import { PEOPLE } from "./world.ts";

export type Choice = "everybody" | "mutual" | "nobody";

/** What people have said of who finds them, and whom they block. */
export class Consent {
  /** The service's default. */
  byDefault: Choice = "everybody";
  readonly choices = PEOPLE.map((): Choice | null => null);
  readonly #blocks = PEOPLE.map(() => new Set<number>());

  of(user: number): Choice {
    return this.choices[user] ?? this.byDefault;
  }

  isBlocked(user: number, by: number): boolean {
    return this.#blocks[by]?.has(user) ?? false;
  }

  /** @returns whether it was otherwise */
  block(user: number, by: number, is: boolean): boolean {
    const had = this.isBlocked(user, by);
    if (is) this.#blocks[by]?.add(user);
    else this.#blocks[by]?.delete(user);
    return had !== is;
  }

  isAnybodyMutual(): boolean {
    return this.byDefault === "mutual" || this.choices.includes("mutual");
  }

  /** Whether those alone find them whom they have in their own book. */
  isMutual(user: number): boolean {
    return (this.choices[user] ?? this.byDefault) === "mutual";
  }

  erase(user: number): void {
    this.choices[user] = null;
    for (const blocks of this.#blocks) blocks.delete(user);
    this.#blocks[user]?.clear();
  }
}
