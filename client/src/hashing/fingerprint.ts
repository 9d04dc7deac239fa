// A fingerprint tells the texts of a book apart without holding them: HalfSipHash-2-4 of 64 bits
// (Aumasson and Bernstein, https://github.com/veorq/SipHash), a keyed hash of short texts on words of
// 32 bits. It takes a fraction of SHA-256's time, and whoever does not know the key can't write two
// texts that collide.

/** The same 16 characters for the same text, salt and region. */
export type Fingerprint = (text: string) => string;

/**
 * @param salt a secret of this device, of any length
 * @param region where the texts are read: elsewhere they mean other numbers
 */
export function createFingerprint(salt: string, region: string): Fingerprint {
  const key = halfSipHash(`${region} ${salt}`, 0, 0);
  const first = Number.parseInt(key.slice(0, 8), 16) | 0;
  const second = Number.parseInt(key.slice(8), 16) | 0;
  return (text) => halfSipHash(text, first, second);
}

/**
 * HalfSipHash-2-4 of a text's UTF-16 (little-endian), its two words in hexadecimal.
 *
 * @param first the key's first 32 bits, a signed number
 * @param second the others
 */
export function halfSipHash(text: string, first: number, second: number): string {
  const { length } = text;
  // Two units a word; in the last, one or none, and the length.
  const words = (length >> 1) + 1;
  const absorbing = 2 * words;
  let v0 = first;
  let v1 = second ^ 0xee;
  let v2 = first ^ 0x6c796765;
  let v3 = second ^ 0x74656462;
  let word = 0;
  let answer = 0;
  for (let round = 0; round < absorbing + 8; round += 1) {
    if (round === absorbing) v2 ^= 0xee;
    if (round === absorbing + 4) {
      answer = v1 ^ v3;
      v1 ^= 0xdd;
    }
    if (round < absorbing && (round & 1) === 0) {
      const low = round < length ? text.charCodeAt(round) : 0;
      const high = round + 1 < length ? text.charCodeAt(round + 1) : 0;
      word = low | ((round + 2 === absorbing ? length << 9 : high) << 16);
      v3 ^= word;
    }
    v0 += v1;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 += v3;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round < absorbing && (round & 1) === 1) v0 ^= word;
  }
  return hex(answer) + hex(v1 ^ v3);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
