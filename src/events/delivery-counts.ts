import type { Outcome } from "./post.ts";

/** Attempts to deliver since the process began, by what came of them. */
export class DeliveryCounts {
  readonly #byResult = new Map<string, number>();

  add({ status, failure }: Outcome): void {
    const result = status === null ? String(failure) : `${Math.floor(status / 100)}xx`;
    this.#byResult.set(result, (this.#byResult.get(result) ?? 0) + 1);
  }

  /** The status's class, or the word for why there was none, and how many. */
  entries(): readonly (readonly [result: string, count: number])[] {
    return [...this.#byResult];
  }
}
