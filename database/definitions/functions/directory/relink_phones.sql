-- Finds every stored link that is not what the directory says and brings it
-- there, whoever wrote into phones: rows inserted, changed, deleted or restored
-- by hand, of which link_pending_phones() knows nothing. Also right, and without
-- effect, where nobody has.
--
-- It compares the whole directory with the contacts who hold its numbers, and all
-- linked contacts with the directory, by index; it locks nobody meanwhile. What it
-- finds it enqueues for the linker, of which it makes a first pass of up to
-- p_max_contacts contacts; link_pending_phones() does the rest. First it waits,
-- five seconds at most, for transactions that write links now, since they may have
-- read the directory before: transactions_running are those that go on. Then, and
-- where the rows were not committed before, call it again. For service_role.
create function relink_phones(
  p_max_contacts integer default 10000,
  out numbers_checked      bigint,  -- entries of the directory
  out numbers_found        bigint,  -- numbers of which a stored link was another
  out contacts_changed     integer,
  out entries_waiting      integer, -- counted up to 10,000
  out transactions_running integer)
language plpgsql volatile
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
declare
  v_first_entry_id bigint;
  v_checked        integer;
  v_found          integer;
  v_owner_id       uuid;
  v_phone_key      uuid;
begin
  perform contact_sync_check_range(p_max_contacts, 1, 1000000, 'p_max_contacts',
                                   'link_pending_phones() does what is left.');
  perform contact_sync_require_read_committed();
  select a.transactions_running, a.last_entry_id
    into transactions_running, v_first_entry_id
    from contact_sync_await_fence(interval '5 seconds') as a;
  numbers_checked := 0;
  numbers_found := 0;

  loop
    select u.numbers_checked, u.numbers_found, u.last_phone_key
      into v_checked, v_found, v_phone_key
      from contact_sync_enqueue_unlinked(v_phone_key, 10000) as u;
    numbers_checked := numbers_checked + v_checked;
    numbers_found := numbers_found + v_found;
    exit when v_phone_key is null;
  end loop;
  loop
    select u.numbers_found, u.last_owner_id, u.last_phone_key
      into v_found, v_owner_id, v_phone_key
      from contact_sync_enqueue_unconfirmed(v_owner_id, v_phone_key, v_first_entry_id, 10000) as u;
    numbers_found := numbers_found + v_found;
    exit when v_owner_id is null;
  end loop;

  select p.contacts_changed, p.entries_waiting
    into contacts_changed, entries_waiting
    from link_pending_phones(null::uuid[], p_max_contacts) as p;
end
$$;
