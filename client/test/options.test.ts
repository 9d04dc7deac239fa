import { describe, expect, test } from "vitest";
import {
  type ContactSyncError,
  createNormalizer,
  hashPhoneNumbers,
  normalizePhoneNumber,
  readOptions,
} from "../src/index.ts";

interface Options {
  batchSize?: number;
  mode?: string | undefined;
  onProgress?: () => void;
}

const NAMES = { batchSize: true, mode: true, onProgress: true } as const;

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect((error as ContactSyncError).code).toBe("INVALID_ARGUMENT");
    return (error as ContactSyncError).message;
  }
  throw new Error("it was not refused");
}

describe("options", () => {
  test("are read as they are; none are none", () => {
    const given: Options = { batchSize: 5, mode: undefined };
    expect(readOptions(given, NAMES)).toEqual(given);
    expect(readOptions(given, NAMES)).not.toBe(given);
    expect(readOptions<Options>(undefined, NAMES)).toEqual({});
  });

  test("that are inherited, or a class's own, are read, each once", () => {
    const inherited = Object.assign(Object.create({ mode: "replace" }), { batchSize: 5 });
    expect(readOptions<Options>(inherited, NAMES)).toEqual({ batchSize: 5, mode: "replace" });
    let reads = 0;
    class Settings {
      get mode() {
        reads += 1;
        return "replace";
      }
    }
    expect(readOptions<Options>(new Settings(), NAMES)).toEqual({ mode: "replace" });
    expect(reads).toBe(1);
    expect(readOptions<Options>(Object.create(null), NAMES)).toEqual({});
  });

  test.each([
    ["a list", []],
    ["a Map", new Map([["mode", "replace"]])],
    ["a Set", new Set(["mode"])],
    ["a Date", new Date()],
    ["a pattern", /mode/],
    ["a promise", Promise.resolve({})],
    ["a boxed text", Object("mode")],
    ["what has a symbol for a name", { [Symbol("mode")]: "replace" }],
    ["null", null],
    ["a function", () => {}],
  ])("%s is none", (_, given) => {
    expect(refusal(() => readOptions(given as Options, NAMES))).toBe(
      "INVALID_ARGUMENT: options must be an object of options",
    );
  });

  test.each([
    ["batchsize", "batchSize"],
    ["batch_size", "batchSize"],
    ["onprogres", "onProgress"],
    ["Mode", "mode"],
  ])("%s is refused by name, with the name that was meant", (written, meant) => {
    expect(refusal(() => readOptions({ [written]: 1 } as Options, NAMES))).toBe(
      `INVALID_ARGUMENT: options.${written} is not an option; did you mean ${meant}? (known are batchSize, mode, onProgress)`,
    );
  });

  test("one that is like none is refused with those that are known", () => {
    expect(refusal(() => readOptions({ colour: 1 } as Options, NAMES, "theme"))).toBe(
      "INVALID_ARGUMENT: theme.colour is not an option; known are batchSize, mode, onProgress",
    );
  });

  test("what may be a number or a hash is not quoted", () => {
    for (const name of ["+201001234567", "9476e557c9e413deae474978709659f5", "a".repeat(41)]) {
      expect(refusal(() => readOptions({ [name]: 1 } as Options, NAMES))).toBe(
        "INVALID_ARGUMENT: options has a name that is not an option; known are batchSize, mode, onProgress",
      );
    }
  });

  test("what JSON calls __proto__, or any object is born with, is no option", () => {
    for (const text of ['{"__proto__": {"mode": "replace"}}', '{"constructor": 1}']) {
      refusal(() => readOptions(JSON.parse(text) as Options, NAMES));
    }
  });

  test("of numbers are refused likewise", () => {
    const misspelt = { defaultregion: "EG" } as object;
    const message = /options\.defaultregion is not an option; did you mean defaultRegion\?/;
    expect(refusal(() => hashPhoneNumbers([], misspelt))).toMatch(message);
    expect(refusal(() => normalizePhoneNumber("112", misspelt))).toMatch(message);
    expect(refusal(() => createNormalizer(misspelt))).toMatch(message);
    expect(refusal(() => hashPhoneNumbers([], "EG" as never))).toMatch(/must be an object/);
  });

  test("have all their names in the list, or the compiler says so", () => {
    // @ts-expect-error mode is missing
    readOptions<Options>({}, { batchSize: true, onProgress: true });
    // @ts-expect-error there is no such option
    readOptions<Options>({}, { ...NAMES, colour: true });
  });
});
