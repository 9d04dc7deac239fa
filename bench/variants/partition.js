const TABLE = "contacts_with_accounts";
const VIEW = "contact_sync_confirmed_contacts";

/**
 * Makes the contacts a table that is partitioned by owner, with the same rows, constraints, indexes
 * and rights under the same names.
 *
 * @param {import("./variant.js").Environment} environment
 * @param {number} partitions
 */
export async function partitionByOwner({ pool, schema }, partitions) {
  const table = `${schema}.${TABLE}`;
  const view = `${schema}.${VIEW}`;
  const fresh = `${table}_partitioned`;
  const { rows } = await pool.query(
    `select pg_get_viewdef($2::regclass) as view,
            (select pg_get_constraintdef(c.oid) from pg_constraint c
              where c.conrelid = $1::regclass and c.contype = 'p') as primary_key,
            (select array_agg(pg_get_indexdef(i.indexrelid)) from pg_index i
              where i.indrelid = $1::regclass and not i.indisprimary) as indexes`,
    [table, view],
  );
  const [definitions] = rows;
  const parts = Array.from({ length: partitions }, (_, part) => part);
  const steps = [
    `create table ${fresh} (like ${table} including defaults including constraints)
       partition by hash (owner_id)`,
    ...parts.map(
      (part) => `create table ${table}_${part} partition of ${fresh}
                   for values with (modulus ${partitions}, remainder ${part})`,
    ),
    `insert into ${fresh} select * from ${table}`,
    `drop view ${view}`,
    `drop table ${table}`,
    `alter table ${fresh} rename to ${TABLE}`,
    `alter table ${table} add constraint ${TABLE}_pkey ${definitions.primary_key}`,
    ...definitions.indexes,
    `alter table ${table} enable row level security`,
    `create view ${view} with (security_invoker = true) as ${definitions.view}`,
    `select ${schema}.contact_sync_apply_grants()`,
    `vacuum (analyze) ${table}`,
  ];
  for (const step of steps) await pool.query(step);
}
