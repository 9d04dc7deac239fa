-- The contacts of an owner that may be linked, for contact_sync_expand_books(): each with
-- the link that is stored and the user whom it would be linked to, who has the number in
-- the directory (not the owner) or to whom the link was given, and whether that user has
-- said anything of who finds them.
create function contact_sync_linkable_contacts(
  p_owner_id uuid,
  out phone_key      uuid,
  out linked_user_id uuid,
  out found_user_id  uuid,
  out has_consent    boolean)
returns setof record
language plpgsql stable
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
    select n.phone_key, n.linked_user_id, n.found_user_id,
           exists (select 1 from contact_sync_consent o where o.user_id = n.found_user_id)
      from (select c.phone_key, c.linked_user_id,
                   case
                     when d.phone_key is not null then nullif(d.linked_user_id, p_owner_id)
                     else c.linked_user_id
                   end as found_user_id
              from contacts_with_accounts c
              left join phones d on d.phone_key = c.phone_key
             where c.owner_id = p_owner_id
               and (d.phone_key is not null or c.link_given)) as n;
end
$$;
