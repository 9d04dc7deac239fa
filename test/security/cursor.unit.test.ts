import { randomUUID } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { createCursors } from "../../src/security/cursor.ts";

const PHONE_KEY = "00112233445566778899aabbccddeeff";
const cursors = createCursors(Buffer.alloc(32, 1));
const owner = randomUUID();

describe("a cursor", () => {
  test("is read back, differs each time, and fits into a URL", () => {
    const [one, other] = [cursors.write(owner, PHONE_KEY), cursors.write(owner, PHONE_KEY)];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(cursors.read(owner, one)).toBe(PHONE_KEY);
    expect(cursors.read(owner, other)).toBe(PHONE_KEY);
  });

  test("is refused when any of its bits is another", () => {
    const bytes = Buffer.from(cursors.write(owner, PHONE_KEY), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const tampered = Buffer.from(bytes);
      tampered[bit >> 3] = (tampered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => cursors.read(owner, tampered.toString("base64url"))).toThrow(ContactSyncError);
    }
  });

  test("belongs to one owner and one key", () => {
    const cursor = cursors.write(owner, PHONE_KEY);
    expect(() => cursors.read(randomUUID(), cursor)).toThrow(/^INVALID_ARGUMENT: /);
    expect(() => createCursors(Buffer.alloc(32, 2)).read(owner, cursor)).toThrow(
      /^INVALID_ARGUMENT: /,
    );
  });

  test("is nothing else", () => {
    const untellable = {
      toString() {
        throw new Error("no text");
      },
    };
    for (const nonsense of [undefined, null, 7, Symbol("cursor"), {}, untellable, "", "é", "A"]) {
      expect(() => cursors.read(owner, nonsense)).toThrow(/^INVALID_ARGUMENT: /);
    }
  });
});
