-- Enters the fence that every transaction passes before it writes
-- linked_user_id: one shared, transaction-level advisory lock. The directory is
-- read in a later statement, so whoever is not behind the fence when a change
-- of the directory has committed will see that change; the linker waits for the
-- rest. Never taken exclusively, so nobody ever waits for it.
--
-- Before the lock comes the transaction's id, by which the linker knows it
-- (contact_sync_fence_holders()): of all names of a transaction, only that one
-- outlives PREPARE TRANSACTION and a restart of the server.
create function contact_sync_enter_fence()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform contact_sync_require_read_committed();
  end if;
  perform pg_current_xact_id();
  -- 'csyn' in ASCII, and the schema
  perform pg_advisory_xact_lock_shared(x'6373796e'::integer, contact_sync_fence_id());
end
$$;
