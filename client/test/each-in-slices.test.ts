import { describe, expect, test } from "vitest";
import { chosenInSlices, eachInSlices, setInSlices } from "../src/slices/each-in-slices.ts";
import { createSlices, type Slices } from "../src/slices/slices.ts";
import { friendsOf, takeNews } from "../src/sync/answers.ts";
import { Links } from "../src/sync/exchange.ts";
import { newState } from "../src/sync/state.ts";

/** Counts the items between two looks at the clock, of which each lets others in. */
function watched(): Slices & { readonly longest: number; item(): void } {
  let since = 0;
  let longest = 0;
  return {
    get longest() {
      return Math.max(longest, since);
    },
    item() {
      since += 1;
    },
    turn() {
      longest = Math.max(longest, since);
      since = 0;
      return Promise.resolve();
    },
  };
}

/** A list that tells of each item that is taken out of it. */
function* told<Item>(items: Iterable<Item>, slices: ReturnType<typeof watched>): Generator<Item> {
  for (const item of items) {
    slices.item();
    yield item;
  }
}

const MANY = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(32, "0"));
const MOST = 200;

describe("many items", () => {
  test("are worked on in their order, and never many in one go", async () => {
    const slices = watched();
    const seen: string[] = [];
    await eachInSlices(told(MANY, slices), slices, (item) => seen.push(item));
    expect(seen).toEqual(MANY);
    expect(slices.longest).toBeLessThanOrEqual(MOST);
  });

  test("are chosen from, and become sets, in the same way", async () => {
    const slices = watched();
    const chosen = await chosenInSlices(told(MANY, slices), slices, (item) => item.endsWith("7"));
    expect(chosen).toEqual(MANY.filter((item) => item.endsWith("7")));
    const set = await setInSlices(slices, told(MANY, slices), told(["one more"], slices));
    expect([...set]).toEqual([...MANY, "one more"]);
    expect(slices.longest).toBeLessThanOrEqual(MOST);
  });

  test("end with the signal, also where there are few", async () => {
    const controller = new AbortController();
    const slices = createSlices(controller.signal);
    controller.abort();
    await expect(eachInSlices(["one"], slices, () => {})).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});

describe("what a sync does with many friends", () => {
  const platform = {
    fetch: globalThis.fetch,
    now: () => 0,
    sleep: async () => {},
    random: () => 0.5,
    exclusively: <Result>(_: string, work: () => Promise<Result>) => work(),
  };
  const linksOf = () => new Map(MANY.map((hash) => [hash, `user ${Number(hash) >> 1}`]));

  test("finds each once, with all cards, and lets others in", async () => {
    const slices = watched();
    const card = { id: "1", number: "1" };
    const contactsOf = new Map(MANY.map((hash) => [hash, [card]]));
    const links = Object.assign(linksOf(), {
      [Symbol.iterator]: () => told(linksOf().entries(), slices),
    });
    const friends = await friendsOf({ links: links as never }, contactsOf, slices);
    expect(friends).toHaveLength(MANY.length / 2);
    expect(friends[0]).toEqual({ userId: "user 0", contacts: [card, card] });
    expect(slices.longest).toBeLessThanOrEqual(MOST);
  });

  test("tells who came and who went, and keeps the set that stays the same", async () => {
    const state = newState("user", platform, "salt");
    const slices = createSlices();
    const friend = (userId: string) => ({ userId, contacts: [] });
    state.told = new Set(["stays", "goes"]);
    const news = await takeNews(state, [friend("stays"), friend("comes")], slices);
    expect(news).toEqual({ joined: [friend("comes")], left: ["goes"] });
    const { told: before } = state;
    expect(await takeNews(state, [friend("comes"), friend("stays")], slices)).toEqual({
      joined: [],
      left: [],
    });
    expect(state.told).toBe(before);
    // As many, and others.
    await takeNews(state, [friend("comes"), friend("another")], slices);
    expect(state.told).toEqual(new Set(["comes", "another"]));
  });

  test("drops links in slices, and copies none where none changes", async () => {
    const state = newState("user", platform, "salt");
    const slices = watched();
    const links = linksOf();
    state.links = Object.assign(links, { keys: () => told(linksOf().keys(), slices) as never });
    const same = new Links(state);
    await same.keepOnly(slices, () => true);
    same.keep();
    expect(state.links).toBe(links);

    const fewer = new Links(state);
    await fewer.keepOnly(slices, (hash) => hash === MANY[3]);
    expect(slices.longest).toBeLessThanOrEqual(MOST);
    expect(state.links.size).toBe(MANY.length);
    fewer.keep();
    expect([...state.links]).toEqual([[MANY[3], "user 1"]]);
    expect(links.size).toBe(MANY.length);
  });
});
