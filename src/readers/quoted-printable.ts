/** Decodes quoted-printable bytes; an escape that is none stays as it stands, as mail readers do. */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const text = bytes
    .toString("latin1")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(text, "latin1");
}
