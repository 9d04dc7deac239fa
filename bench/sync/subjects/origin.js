// The pattern of the guide's origin, in PL/pgSQL: each number is looked up by itself, all of them
// are put into one JSONB document, every batch expands that document again to take its part, and
// each batch is upserted. Then the owner's status is written.
//
// Written anew for these tables. Left out in its favour: what its own tables have more than these,
// six indexes, a trigger and text keys of 64 characters.
//
// The guide, "Database-Level Batch Processing"; its origin is the migration
// 014_optimize_contact_batch_operations.sql that it describes:
// https://github.com/mohammad-issa2020/backend-7awell/blob/324806c13fb7baf6ddce7e487cf0e57b504e0aed/database/migrations/014_optimize_contact_batch_operations.sql

const BATCH_SIZE = 500;

/** @type {import("./subject.js").Subject} */
export const origin = {
  name: "origin",
  async open({ pool, schema }) {
    await pool.query(functions(schema));
    return {
      prepare({ ownerId, phoneKeys }) {
        const values = [ownerId, phoneKeys, phoneKeys.length, BATCH_SIZE];
        return async () => {
          const { rows } = await pool.query(
            `select * from ${schema}.origin_sync_user_contacts($1, $2, $3, $4)`,
            values,
          );
          // Whatever it did, its count of inserted contacts is what it was given.
          return { matched: rows[0].matched_contacts };
        };
      },
    };
  },
};

/** @param {string} schema */
const functions = (schema) => `
create function ${schema}.origin_bulk_insert_contacts(p_contacts jsonb, p_batch_size integer)
returns integer
language plpgsql
set search_path = ${schema}, pg_temp
as $$
declare
  v_total  constant integer := jsonb_array_length(p_contacts);
  v_offset integer := 0;
  v_batch  jsonb;
begin
  while v_offset < v_total loop
    select jsonb_agg(b.contact)
      into v_batch
      from (select contact
              from jsonb_array_elements(p_contacts) as c (contact)
            offset v_offset
             limit p_batch_size) as b;

    insert into contacts_with_accounts (owner_id, phone_key, is_favorite, linked_user_id)
    select (c.contact ->> 'owner_id')::uuid,
           (c.contact ->> 'phone_key')::uuid,
           coalesce((c.contact ->> 'is_favorite')::boolean, false),
           (c.contact ->> 'linked_user_id')::uuid
      from jsonb_array_elements(v_batch) as c (contact)
        on conflict (owner_id, phone_key)
        do update set is_favorite = excluded.is_favorite,
                      linked_user_id = excluded.linked_user_id,
                      updated_at = current_timestamp;

    v_offset := v_offset + p_batch_size;
  end loop;
  return v_total;
end
$$;

create function ${schema}.origin_sync_user_contacts(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer,
  out total_processed     integer,
  out matched_contacts    integer)
language plpgsql
set search_path = ${schema}, pg_temp
as $$
declare
  v_contacts       jsonb[] := '{}';
  v_phone_key      uuid;
  v_linked_user_id uuid;
begin
  matched_contacts := 0;
  foreach v_phone_key in array p_phone_keys loop
    select linked_user_id
      into v_linked_user_id
      from phones
     where phone_key = v_phone_key;

    if v_linked_user_id is not null then
      matched_contacts := matched_contacts + 1;
    end if;

    v_contacts := v_contacts || jsonb_build_object(
      'owner_id', p_owner_id,
      'phone_key', v_phone_key,
      'is_favorite', false,
      'linked_user_id', v_linked_user_id);
  end loop;

  total_processed := origin_bulk_insert_contacts(to_jsonb(v_contacts), p_batch_size);

  insert into contact_sync_status (
    owner_id, contacts_count, sync_status, last_sync_at,
    device_contacts_count, synced_contacts_count, matched_contacts_count)
  values (
    p_owner_id, total_processed, 'completed', current_timestamp,
    p_device_contacts_count, total_processed, matched_contacts)
      on conflict (owner_id)
      do update set sync_status = excluded.sync_status,
                    last_sync_at = excluded.last_sync_at,
                    device_contacts_count = excluded.device_contacts_count,
                    synced_contacts_count = excluded.synced_contacts_count,
                    matched_contacts_count = excluded.matched_contacts_count,
                    updated_at = current_timestamp;
end
$$;`;
