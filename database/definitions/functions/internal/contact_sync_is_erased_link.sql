-- Whether a given link counts for nothing: it is to somebody who was erased
-- after it was given, and that erasure is not settled (contact_sync_erasures).
-- contact_sync_confirmed_contacts asks the same in place, for many contacts.
create function contact_sync_is_erased_link(
  p_user_id   uuid,
  p_owner_id  uuid,
  p_phone_key uuid)
returns boolean
language sql stable
set search_path from current
as $$
  select exists (select
                   from contact_sync_erasures e
                  where e.user_digest = sha256(uuid_send(p_user_id))
                    and not e.is_settled
                    and not exists (select
                                      from contact_sync_renewed_links r
                                     where r.user_digest = e.user_digest
                                       and r.owner_id = p_owner_id
                                       and r.phone_key = p_phone_key
                                       and r.erased_at = e.erased_at))
$$;
