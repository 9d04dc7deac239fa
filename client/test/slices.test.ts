import { MessageChannel as NodesMessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { digestInSlices, digestOf } from "../src/hashing/digest.ts";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import { createSlices } from "../src/slices/slices.ts";

const ENOUGH = 100;

/** A clock that each look at it moves on. */
function stubClock(step: number) {
  let now = 0;
  vi.stubGlobal("performance", {
    now: () => {
      now += step;
      return now;
    },
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a slice", () => {
  test("ends when its time is over, and another begins", async () => {
    stubClock(1);
    const slices = createSlices();
    const lengths: number[] = [];
    for (let steps = 0; lengths.length < 3; steps += 1) {
      const turn = slices.turn();
      if (turn === undefined) continue;
      lengths.push(steps);
      steps = 0;
      await turn;
    }
    // Of four milliseconds, one look at the clock each.
    expect(lengths).toEqual([3, 4, 4]);
  });

  test("lets in what others have to do", async () => {
    stubClock(10);
    const slices = createSlices();
    let others = 0;
    const other = () => {
      others += 1;
      if (others < 20) setTimeout(other, 0);
    };
    setTimeout(other, 0);
    // Microtasks alone would go on for ever.
    while (others < 20) await slices.turn();
    expect(others).toBe(20);
  });

  test("throws ABORTED as soon as the signal says so, with its reason", async () => {
    const controller = new AbortController();
    const slices = createSlices(controller.signal);
    expect(slices.turn()).toBeUndefined();
    controller.abort("enough");
    expect(() => slices.turn()).toThrow(
      expect.objectContaining({ code: "ABORTED", cause: "enough" }),
    );
  });

  test("throws ABORTED to who awaits its end", async () => {
    stubClock(10);
    const controller = new AbortController();
    const turn = createSlices(controller.signal).turn();
    controller.abort();
    await expect(turn).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("the end of a slice waits", () => {
  /** How often each is called while slices end. */
  async function calls(platform: Record<string, unknown>) {
    const count = { timers: 0, immediates: 0, messages: 0 };
    const { setTimeout: timer, setImmediate: immediate } = globalThis;
    vi.stubGlobal("setTimeout", (callback: () => void, ms: number) => {
      count.timers += 1;
      return timer(callback, ms);
    });
    vi.stubGlobal("setImmediate", (callback: () => void) => {
      count.immediates += 1;
      return immediate(callback);
    });
    for (const [name, value] of Object.entries(platform)) vi.stubGlobal(name, value);
    stubClock(10);
    vi.resetModules();
    const { createSlices: create } = await import("../src/slices/slices.ts");
    const slices = create();
    const several = [create(), create()];
    for (let turn = 0; turn < ENOUGH; turn += 1) {
      await Promise.all([slices, ...several].map((one) => one.turn()));
    }
    return count;
  }

  /** A browser's, whose messages each are a task. */
  class Channel {
    static sent = 0;
    static readonly opened: NodesMessageChannel[] = [];
    readonly port1: unknown;
    readonly port2: unknown;

    constructor() {
      const channel = new NodesMessageChannel();
      Channel.opened.push(channel);
      this.port1 = channel.port1;
      this.port2 = {
        postMessage: (message: unknown) => {
          Channel.sent += 1;
          channel.port2.postMessage(message);
        },
      };
    }
  }

  test("for a message in browsers, of one channel for all", async () => {
    const count = await calls({ setImmediate: undefined, MessageChannel: Channel });
    expect(count).toMatchObject({ timers: 0, immediates: 0 });
    expect(Channel.sent).toBe(3 * ENOUGH);
    expect(Channel.opened).toHaveLength(1);
    Channel.opened[0]?.port1.close();
  });

  test("for what is immediate in Node, where an open channel would keep the process alive", async () => {
    expect(await calls({})).toMatchObject({ timers: 0, immediates: 3 * ENOUGH });
  });

  test("for a timer in React Native, where what is immediate is no turn of others", async () => {
    const expected = { timers: 3 * ENOUGH, immediates: 0 };
    expect(await calls({ MessageChannel: undefined })).toMatchObject(expected);
    const polyfilled = { navigator: { product: "ReactNative" }, MessageChannel: Channel };
    expect(await calls(polyfilled)).toMatchObject(expected);
  });
});

describe("the digest in slices", () => {
  test("is the digest, however long the list and whatever repeats", async () => {
    const hashes = Array.from({ length: 333 }, (_, index) =>
      phoneHash(`+2010${1e7 + (index % 250)}`),
    );
    for (const length of [0, 1, 49, 50, 51, 100, 333]) {
      const some = hashes.slice(0, length);
      expect(await digestInSlices(some, createSlices())).toBe(digestOf(some));
    }
    const faulty = [...hashes, "no hash"];
    await expect(digestInSlices(faulty, createSlices())).rejects.toMatchObject({
      code: "INVALID_PHONE_HASH",
      index: 333,
    });
  });

  test("ends with its slices", async () => {
    const controller = new AbortController();
    const slices = createSlices(controller.signal);
    controller.abort();
    const digest = digestInSlices([phoneHash("+201001234567")], slices);
    await expect(digest).rejects.toMatchObject({ code: "ABORTED" });
  });
});
