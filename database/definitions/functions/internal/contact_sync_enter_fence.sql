-- Enters the fence that every transaction passes before it writes
-- linked_user_id: one shared, transaction-level advisory lock. The directory is
-- read in a later statement, so whoever is not behind the fence when a change
-- of the directory has committed will see that change; the linker waits for the
-- rest. Never taken exclusively, so nobody ever waits for it.
--
-- Only READ COMMITTED gives a later statement a later snapshot.
create function contact_sync_enter_fence()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using
      errcode = 'YC009',
      message = format('UNSUPPORTED_ISOLATION_LEVEL: the transaction is %s; contact-sync needs READ COMMITTED',
                       upper(current_setting('transaction_isolation'))),
      hint = 'Begin the transaction with BEGIN ISOLATION LEVEL READ COMMITTED.';
  end if;
  -- 'csyn' and 'fnce' in ASCII; contact_sync_fence_holders() looks for the same two.
  perform pg_advisory_xact_lock_shared(x'6373796e'::integer, x'666e6365'::integer);
end
$$;
