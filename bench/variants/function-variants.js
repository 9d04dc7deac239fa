import { copyEngine } from "./function-copies.js";
import { syncBy } from "./variant.js";

/**
 * Changes of functions. All of them are measured on the same tables as the engine as it stands.
 *
 * @typedef {import("./variant.js").Variant & {
 *   open: (environment: import("./variant.js").Environment) => Promise<import("./variant.js").Side>,
 * }} FunctionVariant
 */

/** The first one is the control. @type {readonly FunctionVariant[]} */
export const FUNCTION_VARIANTS = [
  edited(
    "control-functions",
    "the same functions again",
    "Changes nothing: how far apart two copies are that are equal.",
    {},
  ),
  edited(
    "custom-plans",
    "plans made for each call",
    "contact_sync_merge() plans its statements for the arrays of each call (plan_cache_mode).",
    { contact_sync_merge: [["'force_generic_plan'", "'force_custom_plan'"]] },
  ),
  edited(
    "lookup-book",
    "book looked up, not read",
    "The stored contacts of a call are always looked up by their keys, and the book is never read from end to end.",
    {
      contact_sync_merge: [
        [
          `(select s.contacts_count <= 2 * cardinality(p_phone_keys)
        from contact_sync_status s
       where s.owner_id = p_owner_id)`,
          "false",
        ],
      ],
    },
  ),
  edited(
    "directory-any",
    "directory by = any, joined",
    "New numbers are matched by phone_key = any (array) and a join, and not by a subselect each.",
    {
      contact_sync_merge: [
        [
          "(select d.linked_user_id from phones d where d.phone_key = w.phone_key)",
          "d.linked_user_id",
        ],
        [
          `from (select unnest(v_new_keys) as phone_key) as w
            offset 0`,
          `from unnest(v_new_keys) as w (phone_key)
              left join (select p.phone_key, p.linked_user_id
                           from phones p
                          where p.phone_key = any (v_new_keys)) as d on d.phone_key = w.phone_key
             order by w.phone_key
            offset 0`,
        ],
      ],
    },
  ),
  edited(
    "on-conflict",
    "ON CONFLICT DO NOTHING",
    "The INSERT of new contacts has ON CONFLICT DO NOTHING.",
    {
      contact_sync_merge: [
        ["as n (phone_key, link);", "as n (phone_key, link)\n        on conflict do nothing;"],
      ],
    },
  ),
  edited(
    "unsorted",
    "inserted in no order",
    "New numbers are matched and inserted in the order of a device, which is none.",
    {
      contact_sync_merge: [
        [
          "if v_new_keys <> '{}' then",
          `if v_new_keys <> '{}' then
    v_new_keys := array(
      select n.phone_key
        from unnest(v_new_keys) with ordinality as n (phone_key, position)
       order by hashint8(n.position));`,
        ],
      ],
    },
  ),
  batched(100),
  batched(1_000),
  edited(
    "batch-10000",
    "batches of 10,000",
    "All new contacts are inserted by one statement, whatever the batch size.",
    {
      sync_phone_keys: [
        [
          "contact_sync_merge(p_owner_id, v_wanted, p_batch_size)",
          "contact_sync_merge(p_owner_id, v_wanted, 10000)",
        ],
      ],
    },
  ),
  edited(
    "no-history",
    "no run row, no status",
    "No row of contact_sync_runs is written, and the status only counts contacts: what history costs.",
    {
      sync_phone_keys: [
        [
          "perform contact_sync_record_run(p_owner_id, v_started_at, p_mode, p_device_contacts_count, v_result);",
          "",
        ],
      ],
    },
  ),
  edited(
    "confirm-all",
    "stored links confirmed",
    "The directory is asked about every stored contact that is linked, and not only about changed entries.",
    {
      contact_sync_merge: [
        [
          "  v_new_keys :=\n",
          `  if exists (
    select from unnest(v_linked_keys, v_linked_users) as l (phone_key, user_id)
     where nullif((select d.linked_user_id from phones d where d.phone_key = l.phone_key), p_owner_id)
           is distinct from l.user_id)
  then
    raise exception 'a stored link is not the directory''s';
  end if;

  v_new_keys :=\n`,
        ],
      ],
    },
  ),
];

/**
 * @param {string} id
 * @param {string} title
 * @param {string} change
 * @param {import("./function-copies.js").Edits} edits
 * @returns {FunctionVariant}
 */
function edited(id, title, change, edits) {
  return {
    id,
    title,
    change,
    async open(environment) {
      return syncBy(environment, { functionName: await copyEngine(environment, id, edits) });
    },
  };
}

/** @returns {FunctionVariant} */
function batched(batchSize) {
  const rows = batchSize.toLocaleString("en");
  return {
    id: `batch-${batchSize}`,
    title: `batches of ${rows}`,
    change: `New contacts are inserted ${rows} rows a statement, and not 500.`,
    open: async (environment) => syncBy(environment, { batchSize }),
  };
}
