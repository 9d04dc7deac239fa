import { createHmac } from "node:crypto";
import { createBox } from "./box.ts";
import { deriveKey } from "./key.ts";

/** What may be kept of a request and its answer: a keyed digest of the one, the other encrypted. */
export interface Fingerprints {
  /** HMAC-SHA256, in hex: without the key, a request of one number could be guessed from its hash. */
  of(text: string): string;
  encryptAnswer(answer: string, context: string): Buffer;
  /** Null for an answer that was kept under another key. */
  decryptAnswer(encrypted: Buffer, context: string): string | null;
}

export function createFingerprints(key: Buffer): Fingerprints {
  const digestKey = deriveKey(key, "fingerprint");
  const box = createBox(deriveKey(key, "answer"));
  return {
    of: (text) => createHmac("sha256", digestKey).update(text).digest("hex"),
    encryptAnswer: (answer, context) => box.encrypt(Buffer.from(answer), context),
    decryptAnswer(encrypted, context) {
      try {
        return box.decrypt(encrypted, context).toString();
      } catch {
        return null;
      }
    },
  };
}
