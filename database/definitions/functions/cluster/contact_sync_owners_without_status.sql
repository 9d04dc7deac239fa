-- Owners who hold something and have no status row. Of the contacts, which may be very many,
-- each owner's first is looked at; on Citus every node reads its own beside its status rows
-- (contact_sync_cluster_owners_without_status()).
create function contact_sync_owners_without_status()
returns setof uuid
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
begin
  return query
    with recursive holder (owner_id) as (
      (select c.owner_id from contacts_with_accounts c order by c.owner_id limit 1)
       union all
      select (select c.owner_id from contacts_with_accounts c where c.owner_id > h.owner_id order by c.owner_id limit 1)
        from holder h
       where h.owner_id is not null
    )
    select o.owner_id
      from (select h.owner_id from holder h where h.owner_id is not null
             union
            select k.owner_id from contact_sync_kept_choices k
             union
            select t.owner_id from contact_sync_staged_keys t
             union
            select e.owner_id from contact_sync_sessions e
             union
            select r.owner_id from contact_sync_renewed_links r) as o
     where not exists (select from contact_sync_status s where s.owner_id = o.owner_id)
     order by o.owner_id;
end
$$;
