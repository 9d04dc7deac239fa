import { randomUUID } from "node:crypto";

// Who holds what: the promise that a book is what its owner's devices last said, together, and what
// was said in the name of none.

export const MOST_DEVICES = 14;

export interface Device {
  /** Another one whenever its set is another. */
  mark: string;
  readonly set: Set<number>;
  /** When it was last heard of: the later, the more. */
  seen: number;
  /** What its last delta did, for one that comes again. */
  did: { readonly inserted: number; readonly updated: number; readonly removed: number };
}

/** The mark after a delta, by its distinct numbers: the same delta makes the same one. */
export function markAfter(
  mark: string,
  added: ReadonlySet<number>,
  removed: ReadonlySet<number>,
): string {
  return `${mark} +${[...added].sort()} -${[...removed].sort()}`;
}

/** Of one owner. Devices are their places in the world; null is the calls that name none. */
export class Holders {
  readonly unnamed = new Set<number>();
  readonly devices = new Map<number, Device>();
  #moment = 0;

  setOf(device: number | null): Set<number> {
    if (device === null) return this.unnamed;
    return this.devices.get(device)?.set ?? new Set();
  }

  of(number: number): (number | null)[] {
    return [null, ...this.devices.keys()].filter((holder) => this.setOf(holder).has(number));
  }

  /** Whose place an unknown device would take: nobody's, while there is room. */
  silentBefore(device: number): number | null {
    if (this.devices.has(device) || this.devices.size < MOST_DEVICES) return null;
    const [silent] = [...this.devices].sort(([, one], [, other]) => one.seen - other.seen);
    return (silent as [number, Device])[0];
  }

  /** Makes it known, with what another held whose place it takes. */
  meet(device: number, silent: number | null): void {
    if (this.devices.has(device)) return;
    const set = new Set(this.setOf(silent ?? device));
    if (silent !== null) this.devices.delete(silent);
    const did = { inserted: 0, updated: 0, removed: 0 };
    this.devices.set(device, { mark: randomUUID(), set, seen: 0, did });
  }

  hear(device: number): void {
    this.#moment += 1;
    (this.devices.get(device) as Device).seen = this.#moment;
  }

  hold(device: number | null, numbers: Iterable<number>): void {
    const set = this.setOf(device);
    const news = [...numbers].filter((number) => !set.has(number));
    for (const number of news) set.add(number);
    if (news.length > 0) this.#mark(device);
  }

  release(device: number | null, numbers: Iterable<number>): void {
    const set = this.setOf(device);
    // Each of them is deleted, not only the first.
    if ([...numbers].filter((number) => set.delete(number)).length > 0) this.#mark(device);
  }

  /** Takes a number from everybody, and no device is told. */
  forget(number: number): void {
    for (const holder of [null, ...this.devices.keys()]) this.setOf(holder).delete(number);
  }

  /** Takes numbers from everybody. */
  releaseAll(numbers: readonly number[]): void {
    for (const holder of [null, ...this.devices.keys()]) this.release(holder, numbers);
  }

  #mark(device: number | null): void {
    if (device !== null) (this.devices.get(device) as Device).mark = randomUUID();
  }
}
