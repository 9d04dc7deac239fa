/**
 * The same bytes without zeros, which are of no text: a program's fault leaves one in a name or a
 * note, and a file that was not written to its end is full of them there.
 */
export function withoutZeroBytes(bytes: Buffer): Buffer {
  return bytes.includes(0) ? Buffer.from(bytes.filter((byte) => byte !== 0)) : bytes;
}
