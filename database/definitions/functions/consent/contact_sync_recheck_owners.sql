-- Has the linker look at all links of these owners again: whom they may find has
-- changed in a way of which the numbers are not known. Their syncs look at once.
create function contact_sync_recheck_owners(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  insert into contact_sync_pending_books (person_id, is_return)
  select distinct o.id, exists (select from contact_sync_pending_books b where b.person_id = o.id)
    from pg_catalog.unnest(p_owner_ids) as o (id)
   where o.id is not null;
end
$$;
