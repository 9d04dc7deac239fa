import { partitionByOwner } from "./partition.js";

const PARTITIONS = 32;

/**
 * Changes of tables and indexes, each in a schema of its own. The first one is the control.
 *
 * @typedef {import("./variant.js").Variant & {
 *   beforeFill?: (environment: import("./variant.js").Environment) => Promise<unknown>,
 *   afterFill?: (environment: import("./variant.js").Environment) => Promise<unknown>,
 * }} TableVariant
 *
 * @type {readonly TableVariant[]}
 */
export const TABLE_VARIANTS = [
  {
    id: "control-tables",
    title: "the same tables again",
    change: "Changes nothing: how far apart two schemas are that are equal.",
  },
  {
    id: "hash-index",
    title: "index on numbers as hash",
    change: "The index on phone_key is a hash index and not a b-tree.",
    beforeFill: ({ pool, schema }) =>
      pool.query(
        `drop index ${schema}.contacts_with_accounts_phone_key_idx;
         create index contacts_with_accounts_phone_key_idx
             on ${schema}.contacts_with_accounts using hash (phone_key)`,
      ),
  },
  {
    id: "no-index",
    title: "no index on numbers",
    change: "Without the index on phone_key, which nothing but linking needs: a bound.",
    beforeFill: ({ pool, schema }) =>
      pool.query(`drop index ${schema}.contacts_with_accounts_phone_key_idx`),
  },
  {
    id: "covering-directory",
    title: "directory's key has the user",
    change:
      "The primary key of phones includes linked_user_id, so that matching reads no table page.",
    beforeFill: ({ pool, schema }) =>
      pool.query(
        `alter table ${schema}.phones drop constraint phones_pkey;
         alter table ${schema}.phones
           add constraint phones_pkey primary key (phone_key) include (linked_user_id)`,
      ),
  },
  {
    id: "fillfactor-90",
    title: "contacts at fillfactor 90",
    change: "Each page of contacts keeps a tenth free, so that a change of link finds room there.",
    beforeFill: ({ pool, schema }) =>
      pool.query(`alter table ${schema}.contacts_with_accounts set (fillfactor = 90)`),
  },
  {
    id: `partitions-${PARTITIONS}`,
    title: `contacts in ${PARTITIONS} partitions`,
    change: `contacts_with_accounts is partitioned by hash of owner_id into ${PARTITIONS}.`,
    // Filled in before: what fills it restores indexes as pg_get_indexdef() has them, and of a
    // partitioned table that leaves the partitions out.
    afterFill: (environment) => partitionByOwner(environment, PARTITIONS),
  },
];
