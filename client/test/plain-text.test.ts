import { describe, expect, test } from "vitest";
import { toPlainText } from "../src/numbers/plain-text.ts";

describe("plain text", () => {
  test("has the ASCII digit for every decimal digit that this engine's Unicode knows", () => {
    const decimalDigits: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      if (/\p{Nd}/u.test(character)) decimalDigits.push(character);
    }
    expect(decimalDigits.length).toBeGreaterThanOrEqual(680);
    // Unicode assigns the decimal digits of a script in one run from 0 to 9.
    decimalDigits.forEach((character, position) => {
      expect(toPlainText(character), character).toBe(String(position % 10));
    });
  });

  test("has every dash as a hyphen, save those that are no dash in a number", () => {
    for (let codePoint = 0x2010; codePoint <= 0x2015; codePoint += 1) {
      expect(toPlainText(`1${String.fromCharCode(codePoint)}2`)).toBe("1-2");
    }
  });

  test("has every space separator as a space", () => {
    for (let codePoint = 0; codePoint <= 0xffff; codePoint += 1) {
      const character = String.fromCharCode(codePoint);
      if (/\p{Zs}/u.test(character)) expect(toPlainText(`1${character}2`)).toBe("1 2");
    }
  });

  test("lacks the marks that nobody sees", () => {
    const marks =
      "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ufe0f";
    for (const mark of marks) expect(toPlainText(`${mark}1${mark}2${mark}`)).toBe("12");
  });

  test("keeps what it does not know", () => {
    for (const character of ["\u0000", "\ud800", "\udfff", "²", "①", "½", "é", "好", "😀"]) {
      expect(toPlainText(`1${character}2`)).toBe(`1${character}2`);
    }
  });
});
