import type { Slices } from "./slices.ts";

/** Items between two looks at the clock. */
const STEP = 200;

/**
 * Works on one item after another and lets others in between. What it reads must not change
 * meanwhile.
 *
 * @throws ContactSyncError `ABORTED`, as `slices` says
 */
export async function eachInSlices<Item>(
  items: Iterable<Item>,
  slices: Slices,
  work: (item: Item) => void,
): Promise<void> {
  let left = STEP;
  for (const item of items) {
    work(item);
    left -= 1;
    if (left > 0) continue;
    left = STEP;
    const turn = slices.turn();
    if (turn) await turn;
  }
  const turn = slices.turn();
  if (turn) await turn;
}

/** The items that are so, in their order. */
export async function chosenInSlices<Item>(
  items: Iterable<Item>,
  slices: Slices,
  isSo: (item: Item) => boolean,
): Promise<Item[]> {
  const chosen: Item[] = [];
  await eachInSlices(items, slices, (item) => {
    if (isSo(item)) chosen.push(item);
  });
  return chosen;
}

/** The maps as one; of a key that two have, the later one's value. */
export async function mergedInSlices<Key, Value>(
  maps: readonly ReadonlyMap<Key, Value>[],
  slices: Slices,
): Promise<Map<Key, Value>> {
  const merged = new Map<Key, Value>();
  for (const map of maps) {
    await eachInSlices(map, slices, ([key, value]) => merged.set(key, value));
  }
  return merged;
}

/** The texts as one, with the separator between them. */
export async function joinedInSlices(
  texts: Iterable<string>,
  separator: string,
  slices: Slices,
): Promise<string> {
  let joined = "";
  let step: string[] = [];
  const take = () => {
    if (step.length > 0) joined += (joined === "" ? "" : separator) + step.join(separator);
    step = [];
  };
  await eachInSlices(texts, slices, (text) => {
    step.push(text);
    if (step.length === STEP) take();
  });
  take();
  return joined;
}

/** A set of all of them. */
export async function setInSlices<Item>(
  slices: Slices,
  ...lists: readonly Iterable<Item>[]
): Promise<Set<Item>> {
  const set = new Set<Item>();
  for (const items of lists) await eachInSlices(items, slices, (item) => set.add(item));
  return set;
}
