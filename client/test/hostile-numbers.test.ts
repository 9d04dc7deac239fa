import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashPhoneNumbers } from "../src/hashing/hash-phone-numbers.ts";
import { isNoRemark } from "../src/numbers/beside-number.ts";
import { extensionStart } from "../src/numbers/extension.ts";
import { isPhoneLabel } from "../src/numbers/labels.ts";
import { holdsRange, isLookAlike } from "../src/numbers/look-alikes.ts";
import { normalizePhoneNumber } from "../src/numbers/normalize.ts";
import { toPlainText } from "../src/numbers/plain-text.ts";
import { splitPhoneNumbers } from "../src/numbers/split.ts";
import { readAddress, readDigits } from "../src/numbers/written-number.ts";
import { fastest, growth, LINEAR } from "./support/growth.ts";
import { runs } from "./support/runs.ts";

/** What a stranger may repeat: every character with a meaning, alone and beside others. */
const SEEDS: readonly string[] = [
  ..." ,(-.x;#:~pw+/%[]0",
  ", ",
  ",-",
  " -",
  ",1",
  " 1",
  "-1",
  "x1",
  ";1",
  "1#",
  ",,1",
  "ext",
  "ext. 1",
  "доб",
  "a ",
  "tel ",
  "電",
  "1.",
  ";a",
  ";a=",
  ";ext=",
  ";phone-context=+",
  ";phone-context=+1",
  "%2",
  "%2c",
  "%25",
  "12345",
  "1 (2) 3-",
  "\u0301",
  "o\u0301",
  "\u200b",
  "\u202a1",
  "\u0661",
  "\u{1d7ce}",
  "\ud800",
  "\uff0b",
];
/** What has a meaning beside a number, or between two. */
const FURTHER_SEEDS: readonly string[] = [
  "a",
  "(a)",
  " a1",
  "mob 1:",
  "\u{1f4f1}",
  "8~10",
  ",,1#",
  "#,,*",
  "1234567;",
  "1234567,",
  "1234567/",
  "1234567 / ",
  "1234567 - ",
  "123456789 ",
  "123456789-",
  "+1234567 ",
  "1234567 or ",
  "1234567 (a) ",
  "1234567:::",
];
/** What follows decides only at the end, when a pattern has to try again. */
const ENDS = ["", "1", "!", "1!", "#", "1#", ".1", "+"];
const STARTS = ["", "tel:", "+1"];

describe("each step of reading a number", () => {
  const steps = {
    toPlainText,
    extensionStart,
    readAddress,
    readDigits,
    isLookAlike,
    holdsRange,
    isPhoneLabel,
    isNoRemark,
  };
  const cases = Object.entries(steps).flatMap(([name, step]) =>
    SEEDS.map((seed) => [name, JSON.stringify(seed), step, seed] as const),
  );

  test.each(cases)("%s takes twice as long for twice as many %s", async (_, __, step, seed) => {
    const work = (size: number) => {
      const repeated = seed.repeat(Math.ceil(size / seed.length));
      const texts = STARTS.flatMap((start) => ENDS.map((end) => start + repeated + end));
      return () => texts.map((text) => step(text));
    };
    expect(await growth(work, 50)).toBeLessThan(LINEAR);
  });
});

describe("numbers of any length", () => {
  const cases = [...SEEDS, ...FURTHER_SEEDS].map((seed) => [JSON.stringify(seed), seed] as const);

  test.each(cases)("are divided in twice the time for twice as many %s", async (_, seed) => {
    // Up to the longest that is looked at.
    const work = (size: number) => {
      const texts = STARTS.flatMap((start) =>
        ENDS.map((end) => {
          const length = size - start.length - end.length;
          return start + seed.repeat(Math.ceil(length / seed.length)).slice(0, length) + end;
        }),
      );
      const often = Array.from({ length: 10 }, () => texts).flat();
      return () => often.map((text) => splitPhoneNumbers(text));
    };
    let lowest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 4 && lowest > LINEAR ** 3; attempt += 1) {
      const small = await fastest(work(300));
      lowest = Math.min(lowest, (await fastest(work(2_400))) / small);
    }
    expect(lowest).toBeLessThan(LINEAR ** 3);
  });
});

describe("a call of the longest hostile entries", () => {
  const fill = (seed: string, end = "") =>
    seed
      .repeat(250)
      .slice(0, 250 - end.length)
      .concat(end);
  const ordinary = [
    "0100 123 4567",
    "(0100) 1234567",
    "+20 100 123 4567",
    "+1 415 555 2671 ext. 12",
  ];
  const call = (texts: readonly string[], count: number) => {
    const numbers = Array.from({ length: count }, (_, index) => texts[index % texts.length]);
    return () => hashPhoneNumbers(numbers, { defaultRegion: "EG" });
  };

  test("costs a bounded multiple of one of ordinary numbers", async () => {
    const hostile = [...SEEDS, ...FURTHER_SEEDS].flatMap((seed) =>
      ENDS.map((end) => fill(seed, end)),
    );
    const usual = await fastest(call(ordinary, 2_000));
    // Twelve times as many characters, none of them on the fast path.
    expect((await fastest(call(hostile, 2_000))) / usual).toBeLessThan(20);
  });

  test("of 4,100 times 250 commas does, too, which once took 21 seconds", async () => {
    const usual = await fastest(call(ordinary, 4_100));
    expect((await fastest(call([fill(",")], 4_100))) / usual).toBeLessThan(4);
    expect((await fastest(call([fill(",", "1")], 4_100))) / usual).toBeLessThan(4);
  });

  test("of more digits than any number has does, too", async () => {
    const usual = await fastest(call(ordinary, 2_000));
    const rows = ["1", "0", "00", "+2", "9"].map((start) => start.concat("2".repeat(249)));
    const short = rows.map((row) => row.slice(0, 40));
    expect((await fastest(call(rows, 2_000))) / usual).toBeLessThan(30);
    expect(short.map((row) => normalizePhoneNumber(row, { defaultRegion: "EG" }))).toEqual(
      rows.map((row) => normalizePhoneNumber(row, { defaultRegion: "EG" })),
    );
  });
});

// As the same was once written, in patterns; they say better what is meant, but not in linear time.
const AFTER_LABEL = "[:.]?[ ,-]*";
const NOTATIONS = [
  `[ ,]*(?:e?xt(?:ensi(?:o\\u0301?|ó))?n?|доб|доп|anexo)${AFTER_LABEL}\\d{1,20}#?`,
  `[ ,]*(?:[x#~]|int)${AFTER_LABEL}\\d{1,9}#?`,
  "[- ]+\\d{1,6}#",
  ` *(?:,,|;|p|w)${AFTER_LABEL}\\d{1,15}#?`,
  ` *,+${AFTER_LABEL}\\d{1,9}#?`,
];
const EXTENSION = new RegExp(`(?:${NOTATIONS.join("|")})$`);
const DIGITS_AND_PUNCTUATION = /^[ ()[\]./-]*(\+?)[\d ()[\]./-]*\d[ ()[\]./-]*$/;

describe("what is read is what the patterns say", () => {
  const piece = fc.constantFrom(
    ..." ,-.:#x~;pw1290".split(""),
    ..."ext|xt|extn|extension|extensio\u0301n|xtensió|доб|доп|anexo|int|,,| , |12345|1234567890".split(
      "|",
    ),
  );
  const texts = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
  const ends = fc
    .array(fc.constantFrom(..." ,-.:#12"), { maxLength: 6 })
    .map((all) => all.join(""));

  test("of extensions", () => {
    fc.assert(
      fc.property(texts, ends, (text, end) => {
        const written = `${text}${end}`;
        expect(extensionStart(written), written).toBe(written.search(EXTENSION));
      }),
      { numRuns: runs(10_000) },
    );
  });

  test("of digits", () => {
    const characters = fc.string({ unit: fc.constantFrom(..." ()[]./-+0129x,"), maxLength: 12 });
    fc.assert(
      fc.property(characters, (text) => {
        const match = DIGITS_AND_PUNCTUATION.exec(text);
        expect(readDigits(text), text).toEqual(
          match === null
            ? undefined
            : { digits: text.replace(/\D/g, ""), international: match[1] === "+" },
        );
      }),
      { numRuns: runs(10_000) },
    );
  });
});
