-- The link that an owner's contact is to have where the directory has p_user_id for
-- the number (NULL: nobody), and p_stored_user_id is the link it has. Nobody is linked
-- to themselves, or to somebody they may not find; and a held owner gains nothing.
create function contact_sync_link_of(
  p_owner_id       uuid,
  p_user_id        uuid,
  p_stored_user_id uuid)
returns uuid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if p_user_id is null or p_user_id = p_owner_id then
    return null;
  end if;
  -- Two conditions, and not one: PL/pgSQL makes one statement of each, and on Citus one that
  -- names an owner's table takes longer than all the rest, also where it isn't asked.
  if p_user_id is distinct from p_stored_user_id then
    if exists (select from contact_sync_status s where s.owner_id = p_owner_id and s.held_at is not null) then
      return null;
    end if;
  end if;
  return (select v.id from contact_sync_visible_user(p_owner_id, p_user_id) as v (id));
end
$$;
