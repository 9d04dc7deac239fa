import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { digestOf, isContactSyncError } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { createChangeCursors, createCursors } from "../../src/security/cursor.ts";
import { createSyncTokens, type SyncToken } from "../../src/security/sync-token.ts";
import { hashOf } from "../support/use-contact-sync.ts";

const DAY = 86_400_000;
const key = Buffer.alloc(32, 1);
const settings = { key, schema: "public", days: 30 };
const tokens = createSyncTokens(settings);
const owner = randomUUID();

function someToken(overrides: Partial<SyncToken> = {}): SyncToken {
  return {
    deviceId: "phone-1",
    mark: randomUUID(),
    digest: digestOf([1, 2, 3].map(hashOf)),
    changesCursor: `1.${randomUUID()}.17..c`,
    ...overrides,
  };
}

const EXPIRED = expect.objectContaining({
  code: "SYNC_TOKEN_EXPIRED",
  message: expect.stringMatching(/; send a full sync$/),
});

const TRIES = runs(100_000);

describe("a sync token", () => {
  test("is read back as it was written, differs each time, is short and fits into a URL", () => {
    const token = someToken();
    const [one, other] = [tokens.write(owner, token), tokens.write(owner, token)];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^[A-Za-z0-9_-]{100,220}$/);
    for (const text of [one, other]) expect(tokens.read(owner, text)).toEqual(token);
    const longest = someToken({
      deviceId: "d".repeat(64),
      digest: `1000000-${"f".repeat(32)}`,
      changesCursor: `1.${randomUUID()}.9223372036854775807.${"f".repeat(32)}.r`,
    });
    expect(tokens.read(owner, tokens.write(owner, longest))).toEqual(longest);
    const empty = someToken({ digest: digestOf([]), deviceId: "_", changesCursor: "" });
    expect(tokens.read(owner, tokens.write(owner, empty))).toEqual(empty);
  });

  test("shows nothing of what is in it", () => {
    const token = someToken();
    const text = tokens.write(owner, token);
    const bytes = Buffer.from(text, "base64url");
    const [, xor = ""] = token.digest.split("-");
    for (const part of [token.deviceId, token.changesCursor, owner]) {
      expect(bytes.includes(part)).toBe(false);
    }
    for (const part of [xor, token.mark.replaceAll("-", "")]) {
      expect(bytes.includes(Buffer.from(part, "hex"))).toBe(false);
    }
  });

  test("belongs to one owner, key, schema and purpose", () => {
    const text = tokens.write(owner, someToken());
    const others = [
      () => tokens.read(randomUUID(), text),
      () => createSyncTokens({ ...settings, key: Buffer.alloc(32, 2) }).read(owner, text),
      () => createSyncTokens({ ...settings, schema: "other" }).read(owner, text),
      () => tokens.read(owner, createCursors(key).write(owner, hashOf(1))),
      () => tokens.read(owner, createChangeCursors(key, "public").write(owner, "1.x.2..c")),
    ];
    for (const read of others) expect(read).toThrow(EXPIRED);
    expect(createSyncTokens({ ...settings, days: 1 }).read(owner, text)).toBeDefined();
    for (const cursors of [createCursors(key), createChangeCursors(key, "public")]) {
      expect(() => cursors.read(owner, text)).toThrow(/^INVALID_ARGUMENT: /);
    }
  });

  test("is good for as many days as are set, and no second longer", () => {
    let now = Date.parse("2026-03-01T12:00:00Z");
    const token = someToken();
    const dated = createSyncTokens({ ...settings, now: () => now });
    const text = dated.write(owner, token);
    now += 30 * DAY;
    expect(dated.read(owner, text)).toEqual(token);
    now += 1_000;
    expect(() => dated.read(owner, text)).toThrow(/older than 30 days; send a full sync/);
    const longer = createSyncTokens({ ...settings, days: 31, now: () => now });
    expect(longer.read(owner, text)).toEqual(token);
  });

  test.each([
    "",
    "x",
    "=",
    7,
    null,
    undefined,
    {},
    [],
    "\0",
    "A".repeat(200),
    "A".repeat(1e6),
    { toString: () => tokens.write(owner, someToken()) },
  ])("is not %j", (nonsense) => {
    expect(() => tokens.read(owner, nonsense)).toThrow(EXPIRED);
  });

  // A million in `npm run test:all`.
  test("opens by none of many others that are nearly it", { timeout: 60_000 + TRIES }, () => {
    const [text, other] = [tokens.write(owner, someToken()), tokens.write(owner, someToken())];
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // a stack takes longer than the token
    let tried = 0;
    try {
      for (const tampered of nearly(text, other, TRIES)) {
        tried += 1;
        const opened = outcome(tampered);
        if (opened !== "SYNC_TOKEN_EXPIRED") expect([opened, tampered]).toBe("SYNC_TOKEN_EXPIRED");
      }
    } finally {
      Error.stackTraceLimit = limit;
    }
    expect(tried).toBe(TRIES);
    expect(outcome(text)).toBe("opened");
    expect(outcome(other)).toBe("opened");
  });
});

describe("a cursor of changes", () => {
  const cursors = createChangeCursors(key, "public");
  const place = `1.${randomUUID()}.17.${hashOf(1)}.r`;

  test("is read back, and fits into a URL", () => {
    const text = cursors.write(owner, place);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(cursors.read(owner, text)).toBe(place);
    expect(Buffer.from(text, "base64url").includes(hashOf(1))).toBe(false);
  });

  test("belongs to one owner, key and schema, and opens by no other", () => {
    const text = cursors.write(owner, place);
    const refused = expect.objectContaining({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/since is not a cursor/),
    });
    expect(() => cursors.read(randomUUID(), text)).toThrow(refused);
    expect(() => createChangeCursors(Buffer.alloc(32, 2), "public").read(owner, text)).toThrow(
      refused,
    );
    expect(() => createChangeCursors(key, "other").read(owner, text)).toThrow(refused);
    for (const tampered of nearly(text, cursors.write(owner, place), 20_000)) {
      expect(() => cursors.read(owner, tampered)).toThrow(refused);
    }
  });
});

test("no text opens that is not, character by character, the one that was written", () => {
  // The last character's spare bits, padding, and what is not base64 at all, Node's decoder ignores.
  const listCursors = createCursors(key);
  const readers: [string, (text: string) => unknown][] = [
    [tokens.write(owner, someToken({ deviceId: "a" })), (text) => tokens.read(owner, text)],
    [tokens.write(owner, someToken({ deviceId: "ab" })), (text) => tokens.read(owner, text)],
    [listCursors.write(owner, hashOf(1)), (text) => listCursors.read(owner, text)],
  ];
  for (const [text, read] of readers) {
    expect(read(text)).toBeDefined();
    const last = ALPHABET.indexOf(text.at(-1) as string);
    const spare = Array.from(ALPHABET, (letter) => text.slice(0, -1) + letter);
    const others = [
      ...spare,
      `${text}=`,
      ` ${text}`,
      `${text}\n`,
      `${text.slice(0, 9)}.${text.slice(9)}`,
    ];
    for (const written of others.filter((_, place) => place !== last)) {
      expect(() => read(written)).toThrow();
    }
  }
});

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function outcome(text: string): string {
  try {
    tokens.read(owner, text);
    return "opened";
  } catch (error) {
    return isContactSyncError(error) ? error.code : String(error);
  }
}

/** Of two texts: bits and characters that are others, ends that lack or are too long, and mixtures. */
function* nearly(one: string, other: string, count: number): Generator<string> {
  const bytes = Buffer.from(one, "base64url");
  const otherBytes = Buffer.from(other, "base64url");
  const ways: (() => Buffer | string)[] = [
    () => flipped(bytes, [randomInt(bytes.length * 8)]),
    () => flipped(bytes, distinct(2 + randomInt(3), bytes.length * 8)),
    () => bytes.subarray(0, randomInt(bytes.length)),
    () => bytes.subarray(1 + randomInt(bytes.length - 1)),
    () => Buffer.concat([bytes, randomBytes(1 + randomInt(20))]),
    () => spliced(bytes, otherBytes, 1 + randomInt(bytes.length - 1)),
    () => exchanged(bytes),
    () => randomBytes(bytes.length),
    () => replaced(one),
  ];
  let made = 0;
  for (let bit = 0; bit < bytes.length * 8 && made < count; bit += 1, made += 1) {
    yield flipped(bytes, [bit]).toString("base64url");
  }
  while (made < count) {
    const tampered = (ways[made % ways.length] as () => Buffer | string)();
    const text = typeof tampered === "string" ? tampered : tampered.toString("base64url");
    if (text === one || text === other) continue;
    made += 1;
    yield text;
  }
}

function distinct(count: number, below: number): number[] {
  const bits = new Set<number>();
  while (bits.size < count) bits.add(randomInt(below));
  return [...bits];
}

function flipped(bytes: Buffer, bits: readonly number[]): Buffer {
  const tampered = Buffer.from(bytes);
  for (const bit of bits) tampered[bit >> 3] = (tampered[bit >> 3] as number) ^ (1 << (bit & 7));
  return tampered;
}

function spliced(head: Buffer, tail: Buffer, at: number): Buffer {
  return Buffer.concat([head.subarray(0, at), tail.subarray(at)]);
}

/** Two runs of 16 bytes in each other's place. */
function exchanged(bytes: Buffer): Buffer {
  const tampered = Buffer.from(bytes);
  const [one, other] = [randomInt(bytes.length - 16), randomInt(bytes.length - 16)];
  bytes.copy(tampered, one, other, other + 16);
  bytes.copy(tampered, other, one, one + 16);
  return tampered;
}

function replaced(text: string): string {
  const at = randomInt(text.length);
  return text.slice(0, at) + ALPHABET[randomInt(64)] + text.slice(at + 1);
}
