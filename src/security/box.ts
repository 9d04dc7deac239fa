import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts and authenticates, bound to a context that must be the same when it is opened. */
export interface Box {
  close(content: Buffer, context: string): Buffer;
  /** @throws Error for anything that `close` did not make under this key and context */
  open(closed: Buffer, context: string): Buffer;
}

export function createBox(key: Buffer): Box {
  return {
    close(content, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
    },
    open(closed, context) {
      if (closed.length < NONCE_BYTES + TAG_BYTES) throw new Error("the box is too short");
      const decipher = createDecipheriv(CIPHER, key, closed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(closed.subarray(-TAG_BYTES));
      const opened = decipher.update(closed.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]);
    },
  };
}
