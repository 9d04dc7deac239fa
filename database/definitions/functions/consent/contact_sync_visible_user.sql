-- The one rule of who is visible to whom: a user, if an owner who has a number of
-- theirs may learn that the user has an account, and no row otherwise. Not if the user
-- has blocked them; otherwise as the user has chosen, or as the service's default is.
-- Mutual means that the user has a number of the owner's, one that the directory knows
-- as theirs, in their own book.
--
-- Stored links are those that this rule lets through, so whatever it depends on
-- enqueues what it changes for the linker: a choice and a block
-- (contact_sync_consent_changed()), a book (contact_sync_mutual_changed()), a number
-- in the directory (contact_sync_recheck_owners()). Reads ask it as well, since the
-- linker takes a moment.
--
-- Its body becomes a part of each statement that asks it, by which it costs one look
-- at an index for a user who has never said anything, and nearly as little for one
-- who is hidden: so that the time of an answer does not tell them from somebody who
-- is not there. Hence "begin atomic", which binds all names when it is created, in the
-- place of a search_path; and single values, each found by its key, in the place of
-- "exists", which the planner might answer by reading a whole table.
create function contact_sync_visible_user(p_owner_id uuid, p_user_id uuid)
returns setof uuid
language sql stable
begin atomic
  select p_user_id
   where case
           coalesce((select case
                              when c.has_blocks
                               and (select b.user_id
                                      from contact_sync_blocks b
                                     where b.user_id = p_user_id
                                       and b.blocked_user_id = p_owner_id) is not null
                              then 'nobody'
                              else c.discoverable
                            end
                       from contact_sync_consent c
                      where c.user_id = p_user_id),
                    (select s.default_discoverable from contact_sync_settings s where s.only_row),
                    'everybody')
           when 'everybody' then true
           when 'mutual' then
             (select true
                from phones d
               where d.linked_user_id = p_owner_id
                 and (select m.owner_id
                        from contacts_with_accounts m
                       where m.owner_id = p_user_id
                         and m.phone_key between d.phone_key and d.phone_key) is not null
               limit 1)
           else false
         end;
end;
