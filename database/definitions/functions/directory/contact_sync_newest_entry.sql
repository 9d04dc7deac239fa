-- The id that the linker's queue gave last, also to entries that are done with.
-- It is the sequence's, on which nobody but its owner has rights: hence with the
-- owner's, and it tells nothing about anybody.
create function contact_sync_newest_entry()
returns bigint
language sql volatile security definer
set search_path from current
as $$
  select s.last_value from contact_sync_pending_links_entry_id_seq s
$$;
