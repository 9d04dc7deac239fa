-- Folds runs that are older than p_keep into daily totals, which the
-- statistics still show, and drops what abandoned streams and sessions staged,
-- choices that were kept long enough, which answers were kept and which erasures
-- were settled more than a day ago, and messages for the webhook that are older
-- than 30 days. Returns the number of runs folded. For service_role, or pg_cron.
create function clean_up_contact_sync(p_keep interval default interval '90 days')
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_keep is not null, 'p_keep');
  if p_keep < interval '0' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_keep is %s; it must be 0 or longer', p_keep),
      hint = 'Say how far back runs are kept, for example ''90 days''.';
  end if;
  perform contact_sync_drop_streams(null::uuid);
  perform contact_sync_drop_sessions(null::uuid);
  delete from contact_sync_kept_choices k
   where k.removed_at < now() - set_choice_retention(null::integer)::float8 * interval '1 day';
  delete from contact_sync_answers a
   where a.created_at < now() - interval '1 day';
  delete from contact_sync_erasures e
   where e.is_settled
     and e.erased_at < now() - interval '1 day';
  delete from contact_sync_outbox o
   where o.changed_at < now() - interval '30 days';
  return contact_sync_fold(null::uuid, now() - p_keep);
end
$$;
