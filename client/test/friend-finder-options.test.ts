import { afterEach, describe, expect, test, vi } from "vitest";
import { createFriendFinder, type FriendFinderOptions } from "../src/index.ts";
import { defaultPlatform, randomHex } from "../src/sync/platform.ts";

const asked: string[] = [];
const OPTIONS: FriendFinderOptions = {
  url: "https://contacts.example",
  getToken: () => "opaque",
  userId: "anna",
  storage: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
  fetch: async (input) => {
    asked.push(String(input));
    throw new TypeError("Failed to fetch");
  },
};
const wrong = (options: object) => ({ ...OPTIONS, ...options }) as FriendFinderOptions;
const refused = (text: string) =>
  expect.objectContaining({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(text),
  });

afterEach(() => {
  vi.unstubAllGlobals();
  asked.length = 0;
});

describe("an option of the friend finder that is something else", () => {
  // What `fetch` would refuse as if there were no network is told before.
  test.each([
    ["url", "https://contacts example.com"],
    ["url", "https://anna:secret@contacts.example"],
    ["url", "https://contacts.example/?a=b"],
    ["url", "contacts.example"],
    ["fetch", "fetch"],
    ["foreground", { currentState: "active", addEventListener: () => {} }],
  ])("%s is refused: %j", (name, value) => {
    expect(() => createFriendFinder(wrong({ [name]: value }))).toThrow(refused(`options.${name}`));
  });

  test("of a call is refused, and nothing is sent", async () => {
    const finder = createFriendFinder(OPTIONS);
    for (const [name, value] of [
      ["signal", new AbortController()],
      ["signal", null],
      ["onProgress", "reading"],
    ] as const) {
      const options = { [name]: value } as never;
      await expect(finder.sync([], options)).rejects.toEqual(refused(`options.${name}`));
    }
    const signal = new AbortController() as never;
    await expect(finder.refresh({ signal })).rejects.toEqual(refused("options.signal"));
    const onError = "log" as never;
    expect(() => finder.subscribe(() => {}, { onError })).toThrow(refused("options.onError"));
    expect(asked).toEqual([]);
  });

  test.each(["Bearer opaque", "two\nlines", "tök3n"])("a token is refused: %j", async (token) => {
    const finder = createFriendFinder({ ...OPTIONS, getToken: () => token });
    await expect(finder.sync([])).rejects.toEqual(refused("getToken"));
    expect(asked).toEqual([]);
  });
});

test("a platform whose crypto draws nothing has random numbers all the same", () => {
  vi.stubGlobal("crypto", { subtle: {} });
  expect(randomHex(defaultPlatform(undefined), 8)).toMatch(/^[0-9a-f]{8}$/);
});
