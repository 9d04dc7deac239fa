import { createHmac } from "node:crypto";
import { createBox } from "./box.ts";
import { deriveKey } from "./key.ts";

/** What may be kept of a request and its answer: a keyed digest of the one, the other encrypted. */
export interface Fingerprints {
  /** HMAC-SHA256, in hex: without the key, a request of one number could be guessed from its hash. */
  of(text: string): string;
  closeAnswer(answer: string, context: string): Buffer;
  /** Null for an answer that was kept under another key. */
  openAnswer(closed: Buffer, context: string): string | null;
}

export function createFingerprints(key: Buffer): Fingerprints {
  const digestKey = deriveKey(key, "fingerprint");
  const box = createBox(deriveKey(key, "answer"));
  return {
    of: (text) => createHmac("sha256", digestKey).update(text).digest("hex"),
    closeAnswer: (answer, context) => box.close(Buffer.from(answer), context),
    openAnswer(closed, context) {
      try {
        return box.open(closed, context).toString();
      } catch {
        return null;
      }
    },
  };
}
