// https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY-FORMAT
/** @import { Pool } from "pg" */
import { finished } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const MICROSECONDS_TO_2000 = BigInt(Date.UTC(2000, 0, 1)) * 1_000n;

/**
 * How a type is written: its bytes, and a function that puts a value there.
 *
 * @template Value
 * @typedef {{ bytes: number, write: (to: Buffer, at: number, value: Value) => void }} Type
 */
const TYPES = {
  /** @type {Type<string>} */
  uuid: { bytes: 16, write: (to, at, value) => to.write(value.replaceAll("-", ""), at, "hex") },
  /** @type {Type<boolean>} */
  boolean: { bytes: 1, write: (to, at, value) => to.writeUInt8(value ? 1 : 0, at) },
  /** @type {Type<Date>} */
  timestamptz: {
    bytes: 8,
    write: (to, at, value) =>
      to.writeBigInt64BE(BigInt(value.getTime()) * 1_000n - MICROSECONDS_TO_2000, at),
  },
};

/**
 * A column of rows: its type, and what a row has there; null where `of` gives it.
 *
 * @template Row
 * @typedef {{ type: "uuid", of: (row: Row) => string | null }
 *   | { type: "boolean", of: (row: Row) => boolean | null }
 *   | { type: "timestamptz", of: (row: Row) => Date | null }} Column
 */

/**
 * Writes rows as COPY reads them, all into one buffer.
 *
 * @template Row
 * @param {readonly Row[]} rows
 * @param {readonly Column<Row>[]} columns
 * @returns {Buffer}
 */
export function binaryRows(rows, columns) {
  const rowBytes = columns.reduce((bytes, { type }) => bytes + 4 + TYPES[type].bytes, 2);
  const buffer = Buffer.alloc(SIGNATURE.length + 8 + rows.length * rowBytes + 2);
  // No flags and no extension of the header: zeros.
  let at = SIGNATURE.copy(buffer) + 8;
  for (const row of rows) {
    at = buffer.writeInt16BE(columns.length, at);
    for (const { type, of } of columns) {
      const value = of(row);
      const { bytes, write } = /** @type {Type<typeof value>} */ (TYPES[type]);
      at = buffer.writeInt32BE(value === null ? -1 : bytes, at);
      if (value === null) continue;
      write(buffer, at, value);
      at += bytes;
    }
  }
  at = buffer.writeInt16BE(-1, at);
  return buffer.subarray(0, at);
}

/**
 * Sends such a buffer.
 *
 * @param {Pool} pool
 * @param {string} target table and columns, as COPY has them
 * @param {Buffer} rows
 */
export async function copyRows(pool, target, rows) {
  const client = await pool.connect();
  try {
    const stream = client.query(copyFrom(`copy ${target} from stdin (format binary)`));
    stream.end(rows);
    await finished(stream);
  } finally {
    client.release();
  }
}
