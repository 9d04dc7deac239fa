-- Given links that count for nothing: to somebody who was erased after they were
-- given, while that erasure is not settled.
create view contact_sync_erased_links
with (security_invoker = true)
as
  select e.user_digest, c.owner_id, c.phone_key
    from contact_sync_erasures e
    join contacts_with_accounts c
      on c.link_given
     and sha256(uuid_send(c.linked_user_id)) = e.user_digest
   where not e.is_settled
     and not exists (select
                       from contact_sync_renewed_links r
                      where r.user_digest = e.user_digest
                        and r.owner_id = c.owner_id
                        and r.phone_key = c.phone_key);
