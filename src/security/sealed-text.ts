import { BOX_BYTES, createBox } from "./box.ts";
import { deriveKey, type KeyPurpose } from "./key.ts";

/** A box as text that fits into a URL, and back. */
export interface SealedTexts {
  seal(content: Buffer, context: string): string;
  /** @throws Error for anything that `seal` did not make, character by character */
  open(text: unknown, context: string): Buffer;
  /** Whether it has the form of one, by whatever key and in whatever context. */
  isSealed(text: unknown): boolean;
}

// Longer than any that is made; what is longer is not even read.
const MAX_LENGTH = 1_024;

export function createSealedTexts(key: Buffer, purpose: KeyPurpose): SealedTexts {
  const box = createBox(deriveKey(key, purpose));
  return {
    seal: (content, context) => box.encrypt(content, context).toString("base64url"),
    open(text, context) {
      const encrypted = bytesOf(text);
      if (encrypted === undefined) throw new Error("no sealed text");
      return box.decrypt(encrypted, context);
    },
    isSealed: (text) => (bytesOf(text)?.length ?? 0) > BOX_BYTES,
  };
}

function bytesOf(text: unknown): Buffer | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const bytes = Buffer.from(text, "base64url");
  // Node passes over what is not base64, and over the last character's spare bits.
  return bytes.toString("base64url") === text ? bytes : undefined;
}
