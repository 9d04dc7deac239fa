-- Owners whose syncs since p_since (NULL: of the last 24 hours) have scored p_min_score
-- or more, with those who are held, whenever that was; the highest score first. suspicion
-- is the highest of the time; neighbours_percent, of the new numbers that came as numbers,
-- and the counts are of all their syncs since then, so that a sync of a few hashes at the
-- end hides nothing. Scores are described at contact_sync_suspicion(). For service_role.
create function list_suspects(
  p_min_score integer     default 30,
  p_since     timestamptz default null,
  p_limit     integer     default 100,
  out owner_id           uuid,
  out suspicion          integer,
  out neighbours_percent integer,
  out last_seen_at       timestamptz,
  out syncs              integer,
  out budget_refusals    integer,
  out contacts_inserted  bigint,
  out contacts_removed   bigint,
  out matched_contacts   bigint,
  out contacts_count     integer,
  out first_sync_at      timestamptz,
  out held_at            timestamptz,
  out released_at        timestamptz)
returns setof record
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
  v_since    constant timestamptz := coalesce(p_since, now() - interval '1 day');
  -- those who are listed, with the score of each
  v_owners   uuid[];
  v_scores   integer[];
begin
  perform contact_sync_check_range(p_min_score, 1, 100, 'p_min_score', 'A score of 0 is anybody''s.');
  perform contact_sync_check_range(p_limit, 1, 10000, 'p_limit', 'Ask for a higher p_min_score instead.');
  with judged as (
    select r.owner_id, pg_catalog.max(r.suspicion) as suspicion
      from contact_sync_runs r
     where r.started_at >= v_since
       and r.suspicion > 0::smallint
       and r.suspicion >= p_min_score
     group by r.owner_id
  ), held as (
    select s.owner_id, s.held_suspicion
      from contact_sync_status s
     where s.held_at is not null
  ), chosen as (
    select coalesce(j.owner_id, h.owner_id) as owner_id,
           coalesce(j.suspicion, least(h.held_suspicion, 100::smallint))::integer as suspicion
      from judged j
      full join held h on h.owner_id = j.owner_id
     order by 2 desc, 1
     limit p_limit
  )
  select pg_catalog.array_agg(c.owner_id), pg_catalog.array_agg(c.suspicion)
    into v_owners, v_scores
    from chosen c;
  return query
    with run as (
      select r.owner_id,
             count(*)::integer as syncs,
             count(*) filter (where r.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED')::integer as refusals,
             -- as contact_sync_judge() weighs them
             round(sum(r.contacts_inserted::float8 * r.neighbours_percent::float8)
                   / nullif(sum(r.contacts_inserted) filter (where r.neighbours_percent is not null), 0::bigint)::float8)::integer
               as neighbours,
             sum(r.contacts_inserted) as inserted,
             sum(r.contacts_removed) as removed,
             sum(r.matched_contacts_count) as matched
        from contact_sync_runs r
       where r.owner_id = any (v_owners)
         and r.started_at >= v_since
       group by r.owner_id
    ), state as (
      select s.owner_id, s.last_sync_at, s.contacts_count, s.first_sync_at, s.held_at, s.released_at
        from contact_sync_status s
       where s.owner_id = any (v_owners)
    )
    select c.owner_id, c.suspicion, r.neighbours, s.last_sync_at,
           coalesce(r.syncs, 0), coalesce(r.refusals, 0), coalesce(r.inserted, 0::bigint),
           coalesce(r.removed, 0::bigint), coalesce(r.matched, 0::bigint),
           s.contacts_count, s.first_sync_at, s.held_at, s.released_at
      from unnest(v_owners, v_scores) as c (owner_id, suspicion)
      join state s on s.owner_id = c.owner_id
      left join run r on r.owner_id = c.owner_id
     order by c.suspicion desc, c.owner_id;
end
$$;
