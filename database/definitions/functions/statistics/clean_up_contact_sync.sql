-- Folds runs that are older than p_keep (NULL: than set_retention() says) into daily
-- totals, which the statistics still show, and drops what abandoned streams and sessions
-- staged, choices that were kept long enough, which answers were kept and which erasures
-- were settled more than a day ago, and messages for the webhook that are older
-- than 30 days; what the app calls users whom nothing names any more; and a portion of
-- what retention removes (apply_retention()). Measures what address books look like here
-- (list_suspects()), and how much there is (get_operation_history()). Returns the number
-- of runs folded. For service_role, or pg_cron.
create function clean_up_contact_sync(p_keep interval default null)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_keep   interval := p_keep;
  v_moment timestamptz;
  v_folded integer;
begin
  if v_keep is null then
    select r.run_days::float8 * interval '1 day'
      into v_keep
      from set_retention(null::integer, null::integer, null::integer, null::integer) as r;
  end if;
  if v_keep < interval '0' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_keep is %s; it must be 0 or longer', v_keep),
      hint = 'Say how far back runs are kept, for example ''90 days''.';
  end if;
  perform contact_sync_drop_streams(null::uuid);
  perform contact_sync_drop_sessions(null::uuid);
  v_moment := now() - set_choice_retention(null::integer)::float8 * interval '1 day';
  delete from contact_sync_kept_choices k
   where k.removed_at < v_moment;
  perform contact_sync_drop_forgotten(null::uuid[]);
  delete from contact_sync_answers a
   where a.created_at < now() - interval '1 day';
  delete from contact_sync_erasures e
   where e.is_settled
     and e.erased_at < now() - interval '1 day';
  delete from contact_sync_outbox o
   where o.changed_at < now() - interval '30 days';
  -- somewhere in the table each time; the library goes all the way
  perform from contact_sync_drop_unused_users(gen_random_uuid(), 10000);
  perform contact_sync_drop_erased_users();
  perform from apply_retention(10000);
  perform contact_sync_measure_population();
  perform contact_sync_fold_links();
  v_folded := contact_sync_fold(null::uuid, now() - v_keep);
  perform contact_sync_measure_state();
  return v_folded;
end
$$;
