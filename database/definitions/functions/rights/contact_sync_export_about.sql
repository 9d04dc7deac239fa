-- What export_user() says first: a user's state, and counts. Of others' books nothing, not
-- even in how many the user is: who watches that learns who has stored them, which is
-- those people's to tell. A block and an unblock would tell it of anybody: so there is
-- neither how many links to the user were given, nor how many messages wait about them.
--
-- What is new joins here where there is one of it for a user; of what there may be many,
-- a part of its own in export_user(). test/rights/every-table.test.ts says when something
-- was forgotten.
create function contact_sync_export_about(p_user_id uuid)
returns jsonb
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
  v_digest constant bytea := sha256(uuid_send(p_user_id));
begin
  return pg_catalog.jsonb_build_object(
    'user_id', p_user_id,
    'exported_at', now(),
    -- their last sync, the budget that was spent, and what else stands in that row; not
    -- the random marks that only tell histories apart, nor what tells somebody who tries
    -- numbers that they were seen (list_suspects())
    'status', (
      select pg_catalog.to_jsonb(s) - 'owner_id'::text - 'link_marks'::text
             - '{judged_suspicion,judged_neighbours,held_at,held_suspicion,released_at,released_suspicion}'::text[]
        from contact_sync_status s
       where s.owner_id = p_user_id),
    -- who finds them, by their own choice (NULL: the service's default). Not how many
    -- have blocked them: to whom it happens it is not to be told.
    'discoverable', (
      select o.discoverable
        from contact_sync_consent o
       where o.user_id = p_user_id),
    'sessions', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(e) - 'owner_id'::text order by e.session_id), '[]'::jsonb)
        from contact_sync_sessions e
       where e.owner_id = p_user_id),
    'streams', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(t) - 'owner_id'::text order by t.stream_id), '[]'::jsonb)
        from contact_sync_streams t
       where t.owner_id = p_user_id),
    -- answers to requests with an idempotency key: figures, encrypted, for a day
    'kept_answers', (
      select count(*)
        from contact_sync_answers a
       where a.owner_id = p_user_id),
    'messages_to_tell', (
      select count(*)
        from contact_sync_outbox o
       where o.owner_ids operator(pg_catalog.@>) array[p_user_id]),
    'erased_at', (
      select e.erased_at
        from contact_sync_erasures e
       where e.user_digest = v_digest));
end
$$;
