-- Gives a status row to owners who hold something and have none, which is so only where
-- somebody has deleted it by hand: a book is moved by its row. Returns how many.
-- For service_role.
create function contact_sync_adopt_books()
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_owner_id uuid;
  v_contacts integer;
  v_count    integer := 0;
begin
  for v_owner_id in select o.owner_id from contact_sync_owners_without_status() as o (owner_id) loop
    select least(count(*), 1000000::bigint)::integer
      into v_contacts
      from contacts_with_accounts c
     where c.owner_id = v_owner_id;
    insert into contact_sync_status (owner_id, contacts_count)
    values (v_owner_id, v_contacts)
        on conflict (owner_id) do nothing;
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;
