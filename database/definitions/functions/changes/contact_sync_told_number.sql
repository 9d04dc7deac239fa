-- The number of a change of a link that is being written: the owner's present one
-- (contact_sync_number_links()), or one more where it is silent. Of a contact by
-- itself; whoever writes many of one owner knows it.
create function contact_sync_told_number(p_owner_id uuid, p_phone_key uuid)
returns bigint
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return (
    select s.link_number
           + exists (select from phones d where d.phone_key = p_phone_key and d.is_silent)::integer::bigint
      from contact_sync_status s
     where s.owner_id = p_owner_id);
end
$$;
