-- How many numbers are linked to a user, and to how many users: counted up to 4 MB of
-- them, and estimated beyond that; most users have one number, which is what is told of
-- users where the database's statistics are not for this role to see. While the sealing key
-- is being changed, each number of a large directory may count twice.
create function contact_sync_directory_state(out numbers bigint, out users bigint)
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
  c_counted  constant bigint := 4194304;
  v_distinct float4;
begin
  if (select m.bytes from contact_sync_measure_relations(array['phones'::regclass::oid]) as m) <= c_counted then
    select count(*), pg_catalog.count(distinct d.linked_user_id)
      into numbers, users
      from phones d
     where d.linked_user_id is not null
       and d.key_number = contact_sync_key_number();
    return;
  end if;
  numbers := greatest(0::bigint, contact_sync_estimate_rows('phones'::regclass)
                                 - contact_sync_estimate_rows('phones_forgotten_idx'::regclass));
  v_distinct := (select s.n_distinct
                   from pg_catalog.pg_stats s
                   join pg_catalog.pg_class c on c.oid = 'phones'::regclass
                  where s.schemaname = c.relnamespace::regnamespace::name
                    and s.tablename = c.relname
                    and s.attname = 'linked_user_id');
  users := least(numbers, case
                            when v_distinct is null then numbers
                            when v_distinct < 0.0::float4 then round(-v_distinct::float8 * numbers::float8)::bigint
                            else round(v_distinct::float8)::bigint
                          end);
end
$$;
