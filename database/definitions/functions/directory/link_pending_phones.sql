-- The linker: makes stored links say what the directory says, for numbers whose
-- entry changed. Run it after link_phones(), unlink_phones() and erase_user(),
-- and from time to time.
--
-- A call changes up to p_max_contacts contacts in one transaction and waits for
-- nobody: what somebody else has locked is left, and comes later. Syncs of those
-- whose contacts it changes wait for it, the shorter the fewer they are. Call
-- it again while it still changes or finishes something; what is waiting then
-- waits for transactions that were running when its number changed, or that have
-- an owner locked whose contact it is. p_phone_keys narrows it to some
-- numbers. Returns what it changed and how many entries are left (of all
-- numbers, counted up to 10,000).
create function link_pending_phones(
  p_phone_keys   uuid[]  default null,
  p_max_contacts integer default 10000,
  out contacts_changed integer,
  out entries_finished integer,
  out entries_waiting  integer)
language plpgsql volatile
set search_path from current
as $$
declare
  v_has_more boolean;
begin
  if p_phone_keys is not null then
    perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  end if;
  perform contact_sync_check_range(p_max_contacts, 1, 1000000, 'p_max_contacts',
                                   'Call again for what is left.');
  for v_pass in 1 .. 100 loop
    select p.contacts_changed, p.entries_finished, p.entries_waiting, p.has_more
      into contacts_changed, entries_finished, entries_waiting, v_has_more
      from contact_sync_link_pass(p_phone_keys, p_max_contacts) as p;
    -- A pass that met only locked owners has done nothing, and gone on.
    exit when contacts_changed > 0 or entries_finished > 0 or not v_has_more;
  end loop;
end
$$;
