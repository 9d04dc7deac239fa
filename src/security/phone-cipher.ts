import { createCipheriv, createDecipheriv } from "node:crypto";
import { deriveKey } from "./key.ts";

/** Turns phone hashes into what the database stores, and back. Both are 32 hex characters each. */
export interface PhoneCipher {
  encrypt(phoneHashes: readonly string[]): string[];
  /** `encrypt` as bytes, 16 a key, for a call's many. */
  encryptToBytes(phoneHashes: readonly string[]): Buffer;
  decrypt(phoneKeys: readonly string[]): string[];
  /** `decrypt` of bytes, 16 a key. */
  decryptBytes(phoneKeys: Buffer): string[];
}

// AES-256 on single 16-byte blocks is a pseudo-random permutation, which is what is wanted here:
// equal hashes give equal keys, so they match, and the key gives them back, so that keys can rotate.
const CIPHER = "aes-256-ecb";
const BLOCK_BYTES = 16;

/** Seals under a key: without it, nobody can try numbers against a dump. */
export function createPhoneCipher(key: Buffer): PhoneCipher {
  const cipherKey = deriveKey(key, "seal");
  const encryptToBytes = (phoneHashes: readonly string[]) =>
    transform(createCipheriv(CIPHER, cipherKey, null), phoneHashes);
  return {
    encrypt: (phoneHashes) => hexBlocks(encryptToBytes(phoneHashes)),
    encryptToBytes,
    decrypt: (phoneKeys) =>
      hexBlocks(transform(createDecipheriv(CIPHER, cipherKey, null), phoneKeys)),
    decryptBytes: (phoneKeys) =>
      hexBlocks(createDecipheriv(CIPHER, cipherKey, null).setAutoPadding(false).update(phoneKeys)),
  };
}

/** For a database recorded as unsealed: keys are the hashes. */
export const UNSEALED: PhoneCipher = {
  encrypt: (phoneHashes) => [...phoneHashes],
  encryptToBytes: (phoneHashes) => Buffer.from(phoneHashes.join(""), "hex"),
  decrypt: (phoneKeys) => [...phoneKeys],
  decryptBytes: hexBlocks,
};

/** All blocks of a call in one update: the cost is the call, not the block. */
function transform(
  cipher: ReturnType<typeof createCipheriv> | ReturnType<typeof createDecipheriv>,
  blocks: readonly string[],
): Buffer {
  return cipher.setAutoPadding(false).update(blocks.join(""), "hex");
}

function hexBlocks(bytes: Buffer): string[] {
  return Array.from({ length: bytes.length / BLOCK_BYTES }, (_, index) =>
    bytes.toString("hex", index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES),
  );
}
