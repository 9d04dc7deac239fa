-- Contacts as every read shows them: the stored link only while the directory
-- confirms it and the owner may find the user (contact_sync_visible_user()), so
-- that unlinking, erasing or hiding somebody
-- takes effect at once; a given link only while the directory has no entry for the
-- number, and not to somebody who has been erased since. Where none is stored none
-- can be confirmed: has_stored_link finds the others by their index. A number that
-- was forgotten (forget_phone()) is in no book.
create view contact_sync_confirmed_contacts
with (security_invoker = true)
as
  select c.owner_id,
         c.phone_key,
         case
           when c.linked_user_id is null then null
           when (select v.id from contact_sync_visible_user(c.owner_id, c.linked_user_id) as v (id)) is null then null
           when d.phone_key is null then
             case
               when c.link_given
                and not exists (select
                                  from contact_sync_erasures e
                                 where e.user_digest = sha256(uuid_send(c.linked_user_id))
                                   and not e.is_settled
                                   and not exists (select
                                                     from contact_sync_renewed_links r
                                                    where r.user_digest = e.user_digest
                                                      and r.owner_id = c.owner_id
                                                      and r.phone_key = c.phone_key
                                                      and r.erased_at = e.erased_at))
               then c.linked_user_id
             end
           when d.linked_user_id = c.linked_user_id then c.linked_user_id
         end as linked_user_id,
         c.is_favorite,
         c.last_interaction,
         c.created_at,
         coalesce(c.updated_at, c.created_at) as updated_at,
         c.linked_user_id is not null as has_stored_link,
         c.link_number
    from contacts_with_accounts c
    left join phones d on d.phone_key = c.phone_key
   where d.phone_key is null
      or d.linked_user_id is not null;
