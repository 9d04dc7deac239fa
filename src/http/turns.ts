import { ContactSyncError } from "@contact-sync/client";

export interface TurnLimits {
  /** Requests of one owner that are worked on at once. */
  readonly atOnce: number;
  /** Milliseconds that one may wait for its turn. */
  readonly waitMs: number;
}

// Whole books that are sent in chunks, all of them at once, still fit; their bodies are in memory.
const WAITING = 20;
const RETRY_AFTER_SECONDS = 2;

interface Owner {
  busy: number;
  /** Each lets one of those who wait have a turn. */
  readonly waiting: (() => void)[];
}

/**
 * Turns of each owner's requests: a few at once, the others in the order in which they came. Whoever
 * waits holds no connection, so one owner's costly requests leave the others theirs.
 */
export class OwnerTurns {
  readonly #limits: TurnLimits;
  readonly #owners = new Map<string, Owner>();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /**
   * @returns gives the turn back, for the next one who waits
   * @throws ContactSyncError `RATE_LIMITED` where too many wait, or one waits for too long
   */
  async take(ownerId: string): Promise<() => void> {
    const owner = this.#owners.get(ownerId) ?? { busy: 0, waiting: [] };
    this.#owners.set(ownerId, owner);
    if (owner.busy < this.#limits.atOnce) owner.busy += 1;
    else await this.#wait(owner);

    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      const next = owner.waiting.shift();
      if (next !== undefined) return next(); // in this one's place
      owner.busy -= 1;
      if (owner.busy === 0) this.#owners.delete(ownerId);
    };
  }

  #wait({ waiting }: Owner): Promise<void> {
    if (waiting.length >= WAITING) throw tooMany(this.#limits.atOnce);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        waiting.splice(waiting.indexOf(mine), 1);
        reject(tooMany(this.#limits.atOnce));
      }, this.#limits.waitMs);
      const mine = () => {
        clearTimeout(late);
        resolve();
      };
      waiting.push(mine);
    });
  }
}

function tooMany(atOnce: number): ContactSyncError {
  return new ContactSyncError(
    "RATE_LIMITED",
    `of one user ${atOnce} requests are worked on at once, and too many wait already`,
    { details: { limit: atOnce, retry_after_seconds: RETRY_AFTER_SECONDS } },
  );
}
