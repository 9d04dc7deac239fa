/**
 * Something that was tried: a change of tables, of functions, or of how they are called.
 *
 * @typedef {object} Variant
 * @property {string} id
 * @property {string} title in a few words
 * @property {string} change what it changes, in one sentence
 *
 * @typedef {{ pool: import("pg").Pool, schema: string }} Environment a pool of one connection
 *
 * @typedef {object} Prepared one sync
 * @property {() => Promise<import("../sync/subjects/subject.js").Claims>} run what is timed
 * @property {() => Promise<unknown>} [begin] right before it, not timed
 * @property {() => Promise<unknown>} [end] right after it, not timed
 * @property {boolean} [ownSession] it does not run on the pool's connection, whose costs are counted
 *
 * @typedef {{ prepare: (list: import("../sync/books.js").List) => Prepared }} Side the engine as it
 *   stands, or a variant of it
 */

import { SYNC_COLUMNS } from "../../dist/contacts/sync-result.js";
import { UuidArray } from "../../dist/database/uuid-array.js";

/** What get_optimal_batch_size() says for all of the sizes that are measured. */
const BATCH_SIZE = 500;

/**
 * Syncs by one call of the engine, on an argument that was made before.
 *
 * @param {Environment} environment
 * @param {{ functionName?: string, batchSize?: number }} [how]
 * @returns {Side}
 */
export function syncBy({ pool, schema }, { functionName = "sync_phone_keys", batchSize } = {}) {
  return {
    prepare(list) {
      const query = syncQuery(schema, list, { functionName, batchSize });
      return { run: async () => claimsOf((await pool.query(query)).rows[0]) };
    },
  };
}

/** @param {import("../sync/books.js").List} list */
export function syncQuery(
  schema,
  { ownerId, phoneKeys },
  { functionName = "sync_phone_keys", batchSize = BATCH_SIZE } = {},
) {
  return {
    text: `select ${SYNC_COLUMNS} from ${schema}.${functionName}($1, $2, $3, $4)`,
    values: [ownerId, binaryArgument(hexOf(phoneKeys)), phoneKeys.length, batchSize],
  };
}

/** A uuid[] in PostgreSQL's binary format, as the library sends it. @param {readonly string[]} hexValues */
export const binaryArgument = (hexValues) =>
  new UuidArray(Buffer.from(hexValues.join(""), "hex")).toPostgres();

/** @param {readonly string[]} uuids */
export const hexOf = (uuids) => uuids.map((uuid) => uuid.replaceAll("-", ""));

/** @returns {import("../sync/subjects/subject.js").Claims} */
export const claimsOf = (row) => ({
  inserted: row.contacts_inserted,
  unchanged: row.contacts_unchanged,
  matched: row.matched_contacts,
});
