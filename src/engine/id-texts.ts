/** In each of two halves; some 20 MB in all with ids as long as they mostly are. */
const HALF = 50_000;

/**
 * What the app calls users, by UUID, as far as somebody asked lately. An entry is never wrong, since
 * the UUID is made of the text; of those that nobody asks for, older ones are dropped.
 */
export class IdTexts {
  readonly #half: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(half = HALF) {
    this.#half = half;
  }

  get(uuid: string): string | undefined {
    const young = this.#young.get(uuid);
    if (young !== undefined) return young;
    const old = this.#old.get(uuid);
    if (old !== undefined) this.set(uuid, old);
    return old;
  }

  set(uuid: string, text: string): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(uuid, text);
  }

  delete(uuid: string): void {
    this.#young.delete(uuid);
    this.#old.delete(uuid);
  }
}
