-- Refuses every isolation level but READ COMMITTED: only there does a later
-- statement have a later snapshot, which whoever locks first and then reads
-- relies on.
create function contact_sync_require_read_committed()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using
      errcode = 'YC009',
      message = pg_catalog.format('UNSUPPORTED_ISOLATION_LEVEL: the transaction is %s; contact-sync needs READ COMMITTED',
                       upper(current_setting('transaction_isolation'))),
      hint = 'Begin the transaction with BEGIN ISOLATION LEVEL READ COMMITTED.';
  end if;
end
$$;
