import { ContactSyncError } from "@contact-sync/client";
import { createSealedTexts } from "./sealed-text.ts";

/** What a device's token says of its set, as it was when the token was given. */
export interface SyncToken {
  readonly deviceId: string;
  /** Of the device's set in the database, a UUID: another one as soon as the set is another. */
  readonly mark: string;
  /** Of the same set; the database does not have it. */
  readonly digest: string;
  /** Where the device is in its owner's changes: the database's own text. */
  readonly changesCursor: string;
}

/** Gives tokens to devices, and opens what they send back. */
export interface SyncTokens {
  write(ownerId: string, token: SyncToken): string;
  /** @throws ContactSyncError `SYNC_TOKEN_EXPIRED`, whatever is wrong with it */
  read(ownerId: string, token: unknown): SyncToken;
}

export interface SyncTokenSettings {
  readonly key: Buffer;
  /** Of this installation; its tokens open nothing in another one's, though the key is the same. */
  readonly schema: string;
  readonly days: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: (() => number) | undefined;
}

const VERSION = 1;
// version, time, mark, the digest's count and XOR, the length of the device's name
const FIXED_BYTES = 1 + 4 + 16 + 4 + 16 + 1;
const DAY_SECONDS = 86_400;

/**
 * Encrypted and authenticated under a key of their own, because a digest is as personal as a phone
 * hash; bound to schema and owner. Short, for they travel with each sync: some 200 characters.
 */
export function createSyncTokens({ key, schema, days, now }: SyncTokenSettings): SyncTokens {
  const texts = createSealedTexts(key, "token");
  const contextOf = (ownerId: string) => `${schema} ${ownerId}`;
  const seconds = () => Math.floor((now ?? Date.now)() / 1_000);
  return {
    write: (ownerId, token) => texts.seal(pack(token, seconds()), contextOf(ownerId)),
    read(ownerId, text) {
      const { token, issuedAt } = unpack(open(text, contextOf(ownerId)));
      if (seconds() - issuedAt > days * DAY_SECONDS) {
        throw expired(`the token is older than ${days} days`);
      }
      return token;
    },
  };

  function open(text: unknown, context: string): Buffer {
    try {
      return texts.open(text, context);
    } catch {
      throw expired("the token is not one of this owner's");
    }
  }
}

/** One that is not the device's current one. The sentence is the cure's. */
function expired(why: string): ContactSyncError {
  return new ContactSyncError("SYNC_TOKEN_EXPIRED", `${why}; send a full sync`);
}

function pack({ deviceId, mark, digest, changesCursor }: SyncToken, issuedAt: number): Buffer {
  const [count, xor] = digest.split("-") as [string, string];
  const fixed = Buffer.alloc(FIXED_BYTES);
  let at = fixed.writeUInt8(VERSION);
  at = fixed.writeUInt32BE(issuedAt, at);
  at += fixed.write(mark.replaceAll("-", ""), at, "hex");
  at = fixed.writeUInt32BE(Number(count), at);
  at += fixed.write(xor, at, "hex");
  fixed.writeUInt8(deviceId.length, at);
  return Buffer.concat([fixed, Buffer.from(deviceId + changesCursor)]);
}

/** Of what has been authenticated, so only another version can be in the way. */
function unpack(content: Buffer): { readonly token: SyncToken; readonly issuedAt: number } {
  if (content[0] !== VERSION || content.length < FIXED_BYTES) {
    throw expired("the token is of another version");
  }
  const hex = (from: number) => content.toString("hex", from, from + 16);
  const text = content.toString("utf8", FIXED_BYTES);
  const deviceIdEnd = content.readUInt8(FIXED_BYTES - 1);
  return {
    issuedAt: content.readUInt32BE(1),
    token: {
      deviceId: text.slice(0, deviceIdEnd),
      mark: hex(5).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5"),
      digest: `${content.readUInt32BE(21)}-${hex(25)}`,
      changesCursor: text.slice(deviceIdEnd),
    },
  };
}
