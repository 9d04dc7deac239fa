import { describe, expect, test } from "vitest";
import { createSlices } from "../../src/slices/slices.ts";
import { checksumOf } from "../../src/storage/checksum.ts";

const sum = (text: string) => checksumOf(text, createSlices());
const TEXT = "9476e557c9e413deae474978709659f5,".repeat(40);

describe("a checksum", () => {
  test("stays what it is, since it is stored", async () => {
    expect(await sum("")).toBe("ebb6c228bcf51837");
    expect(await sum("a")).toBe("11caa9f517fff461");
    expect(await sum("contact-sync")).toBe("c804eb0a03c0ba8e");
    expect(await sum(TEXT.repeat(20))).toBe("3a15b12e7bb01b55");
  });

  test("differs in both halves where a character, its place or the length does", async () => {
    const sums = [await sum(TEXT)];
    for (let at = 0; at < TEXT.length; at += 1) {
      const rest = TEXT.slice(at + 1);
      sums.push((await sum(`${TEXT.slice(0, at)}~${rest}`)) as string);
      sums.push((await sum(TEXT.slice(0, at))) as string);
      const pair = `${TEXT[at + 1]}${TEXT[at]}`;
      if (rest !== "" && pair !== TEXT.slice(at, at + 2)) {
        sums.push((await sum(TEXT.slice(0, at) + pair + TEXT.slice(at + 2))) as string);
      }
    }
    expect(sums.length).toBeGreaterThan(3_000);
    // 3,900 sums of 32 bits hold an equal pair once in 570 times: these do not.
    expect(new Set(sums.map((text) => text?.slice(0, 8))).size).toBe(sums.length);
    expect(new Set(sums.map((text) => text?.slice(8))).size).toBe(sums.length);
  });

  test("tells what is behind the end from zeros", async () => {
    const sums = ["", "\0", "\0\0", "\0\0\0", "\0\0\0\0", "\0\0\0\0\0"].map(sum);
    expect(new Set(await Promise.all(sums)).size).toBe(6);
  });

  test("is none of a text beyond ASCII, wherever", async () => {
    for (const at of [0, 1, 2, 3, 4_095, 4_096, 9_999]) {
      for (const foreign of ["\u0080", "é", "\ud83d", "\uffff"]) {
        expect(await sum(`${"a".repeat(at)}${foreign}${"a".repeat(9_999 - at)}`)).toBeNull();
      }
    }
    expect(await sum("\x7f".repeat(9_999))).toMatch(/^[0-9a-f]{16}$/);
  });

  test("looks at the clock every 4,096 characters", async () => {
    let turns = 0;
    await checksumOf("a".repeat(1_000_000), {
      turn() {
        turns += 1;
        return undefined;
      },
    });
    expect(turns).toBe(Math.ceil(1_000_000 / 4_096));
  });
});
