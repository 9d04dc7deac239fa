/** All that a run decides is decided by one of these: the same seed, the same run. */
export interface Random {
  /** From 0 to 1, as `Math.random`. */
  next(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  /** True so often. */
  chance(probability: number): boolean;
  one<Item>(items: readonly Item[]): Item;
  /** Each of them with this probability. */
  some<Item>(items: readonly Item[], probability: number): Item[];
  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  uuid(): string;
  /** Another one, which what is taken from this one later does not change. */
  fork(): Random;
}

/** `sfc32`, which is short, passes the usual tests and is the same on every machine. */
export function createRandom(seed: number): Random {
  let [a, b, c, count] = [0x9e3779b9, seed >>> 0, Math.floor(seed / 0x100000000) >>> 0, 1];
  const bits = () => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // Seeds that are alike begin alike.
  for (let turns = 0; turns < 12; turns += 1) bits();
  const next = () => bits() / 0x100000000;
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    one: (items) => {
      if (items.length === 0) throw new Error("there is none to take one of");
      return items[whole(0, items.length - 1)] as (typeof items)[number];
    },
    some: (items, probability) => items.filter(() => next() < probability),
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>) {
      const names = Object.keys(weights) as Name[];
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0);
      for (const name of names) {
        left -= weights[name];
        if (left < 0) return name;
      }
      return names[0] as Name;
    },
    uuid() {
      const hex = Array.from({ length: 4 }, () => bits().toString(16).padStart(8, "0")).join("");
      const [one, two, three, four] = [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(13, 16),
        hex.slice(17, 20),
      ];
      return `${one}-${two}-4${three}-8${four}-${hex.slice(20)}`;
    },
    fork: () => createRandom(bits() * 0x100000 + (bits() >>> 12)),
  };
}
