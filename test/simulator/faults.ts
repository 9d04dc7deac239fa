import type { Random } from "./random.ts";

/** What becomes of a request. */
export type Fate =
  | "answered"
  /** It never arrived, and the caller is told so after a while. */
  | "lost"
  /** It arrived, and the answer did not. */
  | "unanswered"
  /** It arrived twice, one after the other. */
  | "doubled"
  /** It arrived, and once more later, among others. */
  | "late"
  /** It took minutes. */
  | "slow"
  /** The service was too busy, and said when to come again; or so somebody in front of it said. */
  | "busy"
  | "limited"
  /** A page of somebody in between. */
  | "page"
  /** Only a part of the answer came. */
  | "cut"
  /** The app was killed before it was sent, while it was under way, or after it had arrived. */
  | "killed before"
  | "killed under way"
  | "killed after";

/** What becomes of a write into the storage. */
export type WriteFate = "written" | "refused" | "killed before" | "torn" | "killed after";

/** How bad it is, from 0 (never anything) to 1. */
export interface Weather {
  readonly network: number;
  readonly kills: number;
  readonly storage: number;
}

export const CALM: Weather = { network: 0, kills: 0, storage: 0 };

/** Each run has one of its own: many faults hide others. */
export function weatherOf(random: Random): Weather {
  const of = (most: number) => (random.chance(0.25) ? 0 : random.next() * most);
  return { network: of(0.5), kills: of(0.06), storage: of(0.03) };
}

export function fateOf(random: Random, { network, kills }: Weather): Fate {
  if (random.chance(kills)) {
    return random.one(["killed before", "killed under way", "killed after"] as const);
  }
  if (!random.chance(network)) return "answered";
  return random.weighted({
    lost: 4,
    unanswered: 5,
    doubled: 3,
    late: 3,
    slow: 3,
    busy: 2,
    limited: 1,
    page: 1,
    cut: 2,
  });
}

export function writeFateOf(random: Random, { kills, storage }: Weather): WriteFate {
  if (random.chance(kills / 4)) {
    return random.one(["killed before", "torn", "torn", "killed after"] as const);
  }
  return random.chance(storage) ? "refused" : "written";
}
