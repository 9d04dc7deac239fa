-- contact_sync_choose_place() on Citus. Work that is done on the owner's node is committed
-- there when it is done, whatever becomes of the statement that has called it. So it is
-- done from here, as a part of the caller's transaction:
--
-- - in a transaction block, which Citus sees to;
-- - for a function that is not ours, which may do more in the same statement;
-- - for an owner whose id is a text that is not written yet: the library writes it in the
--   same statement, and later (contact_sync_name_users()). Nobody is to be without.
--
-- The setting lasts until the function ends that has asked, which has one of its own.
create function contact_sync_cluster_choose_place(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  -- without those called contact_sync_…
  c_ours    constant text[] := array[
    'sync_phone_keys', 'sync_phone_keys_delta', 'sync_user_contacts', 'sync_device_contacts', 'sync_device_delta',
    'delete_contacts', 'delete_all_contacts', 'set_contact_favorite', 'record_contact_interaction',
    'forget_sync_device'];
  v_context text;
begin
  get diagnostics v_context = pg_context;
  if exists (select
               from pg_catalog.regexp_matches(v_context, '^[^ \n]+ function ([^ (\n]+)', 'gn') as f (names)
              where f.names[1] !~ '^contact_sync_'
                and f.names[1] <> all (c_ours))
     or exists (select from contact_sync_seal s where s.user_id_kind = 'text')
    and not exists (select from contact_sync_users u where u.user_id = p_owner_id and u.erased_at is null)
  then
    perform set_config('citus.function_opens_transaction_block', 'on', true);
  end if;
end
$$;
