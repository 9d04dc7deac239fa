// SHA-256 (FIPS 180-4) of a single block, which has room for 55 characters of ASCII: a number in
// E.164 has 21 at most. Nothing is asked of the platform, and nothing is allocated but the answer, so
// that it takes a fraction of a whole implementation's time where no compiler helps, as in Hermes.
// test/sha256.test.ts checks it against @noble/hashes and Node.

const MAX_LENGTH = 55;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
// biome-ignore format: eight a line, as the standard has them
const ROUNDS = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

/** The message schedule, used anew for each text. */
const schedule = new Int32Array(64);

/**
 * The first 16 bytes of a text's SHA-256, as 32 characters of lower-case hexadecimal.
 *
 * @param text at most 55 characters of ASCII
 */
export function halfSha256(text: string): string {
  fillSchedule(text);
  let a = 0x6a09e667;
  let b = 0xbb67ae85 | 0;
  let c = 0x3c6ef372;
  let d = 0xa54ff53a | 0;
  let e = 0x510e527f;
  let f = 0x9b05688c | 0;
  let g = 0x1f83d9ab;
  let h = 0x5be0cd19;
  for (let round = 0; round < 64; round += 1) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = g ^ (e & (f ^ g));
    const first = h + sum1 + choice + (ROUNDS[round] as number) + (schedule[round] as number);
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) | (c & (a | b));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + sum0 + majority) | 0;
  }
  return hex(a + 0x6a09e667) + hex(b + 0xbb67ae85) + hex(c + 0x3c6ef372) + hex(d + 0xa54ff53a);
}

/** The text, a bit, zeros and the text's length in bits, and what follows from them. */
function fillSchedule(text: string): void {
  const { length } = text;
  if (length > MAX_LENGTH) throw new RangeError("the text is longer than a block of SHA-256");
  for (let word = 0; word < 15; word += 1) {
    let bits = 0;
    for (let index = word << 2; index < (word << 2) + 4; index += 1) {
      const byte = index < length ? text.charCodeAt(index) : index === length ? 0x80 : 0;
      bits = (bits << 8) | byte;
    }
    schedule[word] = bits;
  }
  schedule[15] = length << 3;
  for (let word = 16; word < 64; word += 1) {
    const near = schedule[word - 2] as number;
    const far = schedule[word - 15] as number;
    const sigma1 = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
    const sigma0 = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
    schedule[word] =
      sigma1 + (schedule[word - 7] as number) + sigma0 + (schedule[word - 16] as number);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
