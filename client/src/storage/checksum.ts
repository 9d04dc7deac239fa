import type { Slices } from "../slices/slices.ts";

/** Characters that are read between two looks at the clock. */
const STEP = 4096;

/**
 * A checksum of a text, 16 hexadecimal characters: what was torn, lost or mixed is found by it, and
 * it keeps nobody from forging. Two sums of 32 bits that share nothing but the characters
 * (MurmurHash3's and xxHash's rounds, four characters at a time), since numbers of 64 bits are slow
 * where there is no compiler.
 *
 * Null: the text is not ASCII throughout.
 */
export async function checksumOf(text: string, slices: Slices): Promise<string | null> {
  let one = 0x9747b28c;
  let other = 0x165667b1;
  const { length } = text;
  for (let from = 0; from < length; from += STEP) {
    const to = Math.min(from + STEP, length);
    let seen = 0;
    // Behind the end, charCodeAt is NaN, which the operators take as 0; the length is in the sum.
    for (let at = from; at < to; at += 4) {
      const first = text.charCodeAt(at);
      const second = text.charCodeAt(at + 1);
      const third = text.charCodeAt(at + 2);
      const fourth = text.charCodeAt(at + 3);
      seen |= first | second | third | fourth;
      const four = first | (second << 8) | (third << 16) | (fourth << 24);
      one = Math.imul(rotated(one ^ mixed(four), 13), 5) + 0xe6546b64;
      other = Math.imul(rotated(other + Math.imul(four, 0xc2b2ae3d), 17), 0x27d4eb2f);
    }
    if (seen > 0x7f) return null;
    const turn = slices.turn();
    if (turn) await turn;
  }
  return hexadecimal(finished(one ^ length)) + hexadecimal(finished(other + length));
}

function mixed(four: number): number {
  return Math.imul(rotated(Math.imul(four, 0xcc9e2d51), 15), 0x1b873593);
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** Lets every bit of the sum depend on all the others. */
function finished(sum: number): number {
  let bits = sum ^ (sum >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hexadecimal(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}
