-- What was kept long enough by now, and would go: apply_retention() and
-- clean_up_contact_sync() remove it. Changes nothing. It looks at every owner. For
-- service_role.
create function count_expired(
  out silent_owners     bigint,
  out unlinked_contacts bigint,
  out forgotten_numbers bigint,
  out runs              bigint,
  out choices           bigint)
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_kept   record;
  v_moment timestamptz;
begin
  select s.silent_owner_months, s.forgotten_number_months, s.runs_kept_days, s.choices_kept_days
    into v_kept
    from (select 1) as one (place)
    left join contact_sync_settings s on s.only_row;
  silent_owners := 0;
  unlinked_contacts := 0;
  forgotten_numbers := 0;
  if coalesce(v_kept.silent_owner_months, 18) > 0 then
    v_moment := now() - coalesce(v_kept.silent_owner_months, 18)::float8 * interval '1 month';
    select pg_catalog.count(distinct c.owner_id), count(*)
      into silent_owners, unlinked_contacts
      from (select s.owner_id
              from contact_sync_status s
             where s.contacts_count > 0
               and s.updated_at < v_moment
               -- as contact_sync_silent_since() has it
               and coalesce(s.last_sync_at, s.created_at) < v_moment
               and not exists (select 1
                                 from contact_sync_devices d
                                where d.owner_id = s.owner_id
                                  and d.last_seen_at >= v_moment)) as o
      join contacts_with_accounts c on c.owner_id = o.owner_id
     where c.linked_user_id is null
       and c.created_at < v_moment
       and (c.last_interaction is null or c.last_interaction < v_moment);
  end if;
  if coalesce(v_kept.forgotten_number_months, 0) > 0 then
    select count(*)
      into forgotten_numbers
      from phones d
     where d.linked_user_id is null
       and d.verified_at < now() - v_kept.forgotten_number_months::float8 * interval '1 month';
  end if;
  select count(*)
    into runs
    from contact_sync_runs r
   where r.started_at < now() - coalesce(v_kept.runs_kept_days, 90)::float8 * interval '1 day';
  select count(*)
    into choices
    from contact_sync_kept_choices k
   where k.removed_at < now() - coalesce(v_kept.choices_kept_days, 30)::float8 * interval '1 day';
end
$$;
