import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ContactSyncError } from "../protocol/errors.ts";
import { type OptionNames, readOptions } from "../protocol/options.ts";
import { createSlices, type Slices } from "../slices/slices.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { TextStorage } from "./storage.ts";

export type { TextStorage };

/** `a`: a byte is a character, all of them ASCII. `u`: two bytes are a unit of UTF-16. */
type Kind = "a" | "u";

const FORMAT = "contact-sync sealed 1";
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** What is drawn for a text; the rest of a nonce is the number of its part, and whether it is last. */
const RANDOM_BYTES = 18;
const TAG_BYTES = 16;
/** Bytes of a part: sealed in a moment, even; with its tag a multiple of 3, so that Base64 of parts joins. */
const PART_BYTES = 4094;
const SEALED_PART_LENGTH = ((PART_BYTES + TAG_BYTES) / 3) * 4;

export interface EncryptedStorageOptions {
  /**
   * 32 bytes, or 64 hexadecimal characters: made at random once, and kept in the secure store of the
   * device (`expo-secure-store`, the keychain).
   */
  readonly key: Uint8Array | string;
  /** Random bytes. Default: `crypto.getRandomValues`, which React Native has from a polyfill. */
  readonly randomBytes?: ((length: number) => Uint8Array) | undefined;
}

const OPTIONS: OptionNames<EncryptedStorageOptions> = { key: true, randomBytes: true };

/**
 * A storage whose texts are encrypted (XChaCha20-Poly1305) before they reach the one beneath. A text
 * under another key, of another name, or changed by as much as a bit, reads as none: the state falls
 * back to a full sync. The names of entries and the lengths of texts stay visible, and an older text
 * put back in its place is not noticed.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 * @example
 * const key = (await SecureStore.getItemAsync("contact-sync-key")) ?? (await makeKey());
 * createFriendFinder({ …, storage: encryptedStorage(AsyncStorage, { key }) });
 */
export function encryptedStorage(
  storage: TextStorage,
  options: EncryptedStorageOptions,
): TextStorage {
  const { key: given, randomBytes = systemRandomBytes() } = readOptions(options, OPTIONS);
  const key = readKey(given);

  return {
    async getItem(name) {
      const sealed = await storage.getItem(name);
      return typeof sealed === "string" ? unseal(key, name, sealed) : null;
    },
    async setItem(name, text) {
      const random = randomBytes(RANDOM_BYTES);
      if (!(random instanceof Uint8Array) || random.length !== RANDOM_BYTES) {
        throw invalid("options.randomBytes must give a Uint8Array of the length it is asked for");
      }
      await storage.setItem(name, await seal(key, name, text, random));
    },
    removeItem: (name) => storage.removeItem(name),
  };
}

async function seal(
  key: Uint8Array,
  name: string,
  text: string,
  random: Uint8Array,
): Promise<string> {
  const slices = createSlices();
  const kind: Kind = (await isAscii(text, slices)) ? "a" : "u";
  const unitsOfPart = kind === "a" ? PART_BYTES : PART_BYTES / 2;
  const parts = [`${FORMAT}${kind}`, toBase64(random)];
  const count = Math.max(1, Math.ceil(text.length / unitsOfPart));
  for (let part = 0; part < count; part += 1) {
    const units = text.slice(part * unitsOfPart, (part + 1) * unitsOfPart);
    const cipher = cipherOf(key, name, kind, random, part, part === count - 1);
    parts.push(toBase64(cipher.encrypt(bytesOf(units, kind))));
    const turn = slices.turn();
    if (turn) await turn;
  }
  return parts.join("");
}

/** Null where it was not sealed by this key, under this name. */
async function unseal(key: Uint8Array, name: string, sealed: string): Promise<string | null> {
  const slices = createSlices();
  const kind = sealed.charAt(FORMAT.length);
  if (!sealed.startsWith(FORMAT) || (kind !== "a" && kind !== "u")) return null;
  const from = FORMAT.length + 1;
  const begin = from + (RANDOM_BYTES / 3) * 4;
  const random = fromBase64(sealed.slice(from, begin));
  if (random?.length !== RANDOM_BYTES) return null;

  const texts: string[] = [];
  const count = Math.max(1, Math.ceil((sealed.length - begin) / SEALED_PART_LENGTH));
  for (let part = 0; part < count; part += 1) {
    const at = begin + part * SEALED_PART_LENGTH;
    const bytes = fromBase64(sealed.slice(at, at + SEALED_PART_LENGTH));
    if (bytes === null || bytes.length < TAG_BYTES) return null;
    const cipher = cipherOf(key, name, kind, random, part, part === count - 1);
    try {
      texts.push(textOf(cipher.decrypt(bytes), kind));
    } catch {
      return null;
    }
    const turn = slices.turn();
    if (turn) await turn;
  }
  return texts.join("");
}

/**
 * Seals one part. Parts can't be exchanged, left out or cut off: the nonce has the part's number and
 * whether it is the last one.
 */
function cipherOf(
  key: Uint8Array,
  name: string,
  kind: Kind,
  random: Uint8Array,
  part: number,
  isLast: boolean,
) {
  const nonce = new Uint8Array(NONCE_BYTES);
  nonce.set(random);
  new DataView(nonce.buffer).setUint32(RANDOM_BYTES, part);
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return xchacha20poly1305(key, nonce, bytesOf(`${kind}${name}`, "u"));
}

async function isAscii(text: string, slices: Slices): Promise<boolean> {
  for (let from = 0; from < text.length; from += PART_BYTES) {
    const to = Math.min(from + PART_BYTES, text.length);
    for (let at = from; at < to; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
    const turn = slices.turn();
    if (turn) await turn;
  }
  return true;
}

function bytesOf(text: string, kind: Kind): Uint8Array {
  if (kind === "a") {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
    return bytes;
  }
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at));
  return new Uint8Array(view.buffer);
}

function textOf(bytes: Uint8Array, kind: Kind): string {
  if (kind === "a") return String.fromCharCode(...bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) units.push(view.getUint16(at));
  return String.fromCharCode(...units);
}

function readKey(key: unknown): Uint8Array {
  if (key instanceof Uint8Array && key.length === KEY_BYTES) return Uint8Array.from(key);
  if (typeof key === "string" && /^[0-9a-f]{64}$/i.test(key)) {
    const bytes = new Uint8Array(KEY_BYTES);
    for (let at = 0; at < KEY_BYTES; at += 1) {
      bytes[at] = Number.parseInt(key.slice(at * 2, at * 2 + 2), 16);
    }
    return bytes;
  }
  throw invalid("options.key must be 32 bytes (a Uint8Array) or 64 hexadecimal characters");
}

function systemRandomBytes(): (length: number) => Uint8Array {
  return (length) => {
    const { crypto } = globalThis as {
      crypto?: { getRandomValues?(bytes: Uint8Array): Uint8Array };
    };
    if (typeof crypto?.getRandomValues !== "function") {
      throw invalid(
        "there is no crypto.getRandomValues: import react-native-get-random-values first, or give options.randomBytes, such as getRandomBytes of expo-crypto",
      );
    }
    return crypto.getRandomValues(new Uint8Array(length));
  };
}

function invalid(message: string): ContactSyncError {
  return new ContactSyncError("INVALID_ARGUMENT", message);
}
