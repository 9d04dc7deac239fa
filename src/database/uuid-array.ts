const UUID_BYTES = 16;
/** The type's number in pg_type, the same on every server. */
const UUID_OID = 2950;
// https://www.postgresql.org/docs/current/protocol-message-formats.html leaves the format to the
// types: src/backend/utils/adt/arrayfuncs.c, array_recv().
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
/** An array without dimensions ends before the first one's length. */
const EMPTY_BYTES = 12;

/**
 * A `uuid[]` argument, made of its elements' bytes one after another.
 *
 * `pg` sends it in PostgreSQL's binary format, which the server takes over as it stands: parsing
 * 10,000 elements of text costs it about as much as reading the book they are compared with.
 */
export class UuidArray {
  readonly #uuids: Buffer;

  constructor(uuids: Buffer) {
    this.#uuids = uuids;
  }

  /** For drivers that take arguments as text. */
  toText(): string {
    return `{${this.#uuids.toString("hex").replace(/.{32}(?=.)/g, "$&,")}}`;
  }

  /** What `pg` asks an argument for; a Buffer goes over the wire in the binary format. */
  toPostgres(): Buffer {
    const length = this.#uuids.length / UUID_BYTES;
    const array = Buffer.allocUnsafe(HEADER_BYTES + length * (LENGTH_BYTES + UUID_BYTES));
    // dimensions, whether there are NULLs, the elements' type, then length and first subscript
    [length === 0 ? 0 : 1, 0, UUID_OID, length, 1].forEach((field, place) => {
      array.writeInt32BE(field, place * 4);
    });
    for (let index = 0, at = HEADER_BYTES; index < length; index += 1) {
      at = array.writeInt32BE(UUID_BYTES, at);
      at += this.#uuids.copy(array, at, index * UUID_BYTES, (index + 1) * UUID_BYTES);
    }
    return length === 0 ? array.subarray(0, EMPTY_BYTES) : array;
  }
}
