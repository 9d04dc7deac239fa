import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a box takes beside its content. */
export const BOX_BYTES = NONCE_BYTES + TAG_BYTES;

/** Encrypts and authenticates, bound to a context that must be the same when it is decrypted. */
export interface Box {
  encrypt(content: Buffer, context: string): Buffer;
  /** @throws Error for anything that `encrypt` did not make under this key and context */
  decrypt(encrypted: Buffer, context: string): Buffer;
}

export function createBox(key: Buffer): Box {
  return {
    encrypt(content, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
      const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
      return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]);
    },
    decrypt(encrypted, context) {
      if (encrypted.length < BOX_BYTES) throw new Error("the box is too short");
      const decipher = createDecipheriv(CIPHER, key, encrypted.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(encrypted.subarray(-TAG_BYTES));
      const content = decipher.update(encrypted.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([content, decipher.final()]);
    },
  };
}
