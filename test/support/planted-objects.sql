-- Plants, in schema public, what PostgreSQL would prefer to the built-in function
-- or operator that ours mean: for each polymorphic or variadic one a form with
-- exact types, for each pair of types that a built-in operator joins only by
-- coercion an operator of its own, and for each function of ours with defaults
-- one of fewer arguments. Whatever is planted raises XX999 with its signature.
create function planted(p_what text)
returns void
language plpgsql
as $$
begin
  raise exception 'PLANTED: %', p_what using errcode = 'XX999';
end
$$;

-- For what follows, so that it does not meet what it plants.
set search_path = pg_catalog;

do $plant$
declare
  c_any   constant oid[] := array['anyelement', 'anynonarray', '"any"', 'anycompatible', 'anycompatiblenonarray']::regtype[]::oid[];
  c_array constant oid[] := array['anyarray', 'anycompatiblearray']::regtype[]::oid[];
  c_types constant text[] := array[
    'uuid', 'text', 'name', '"char"', 'bytea', 'boolean', 'smallint', 'integer', 'bigint', 'numeric',
    'real', 'double precision', 'timestamptz', 'timestamp', 'date', 'interval', 'jsonb', 'oid', 'xid', 'xid8', 'regclass',
    'public.contact_batch_item', 'public.contact_sync_target', 'public.contact_sync_result'];
  c_operators constant text[] := array[
    '=', '<>', '<', '>', '<=', '>=', '||', '+', '-', '*', '/', '%', '@>', '<@', '&&', '->', '->>', '~', '!~', '~~', '!~~'];
  c_raise constant text := 'language plpgsql as $f$ begin perform public.planted(%L); end $f$';
  v_types  text[] := c_types;
  v_called text[];
  v_found  record;
  v_type   text;
  v_args   text;
  v_result text;
  v_left   text;
  v_right  text;
  v_number integer := 0;
begin
  foreach v_type in array c_types loop
    v_types := v_types || (v_type || '[]');
  end loop;
  select array_agg(distinct m[1])
    into v_called
    from pg_proc p
   cross join lateral regexp_matches(p.prosrc, '([a-z_0-9]+)\(', 'g') as m
   where p.pronamespace = 'public'::regnamespace;

  for v_found in
    select p.proname, p.prokind, p.proargtypes::oid[] as args, p.prorettype, p.proretset, p.provariadic
      from pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace
       and p.proname = any (v_called)
       and p.prokind in ('f', 'a')
       and p.proargtypes::oid[] && (c_any || c_array)
  loop
    foreach v_type in array v_types loop
      v_number := v_number + 1;
      select string_agg(case
                          when a.id = any (c_any) then v_type
                          when a.id = any (c_array) then v_type || '[]'
                          else format_type(a.id, null)
                        end, ', ' order by a.place)
        into v_args
        from unnest(v_found.args) with ordinality as a (id, place);
      v_result := case
                    when v_found.prorettype = any (c_any) then v_type
                    when v_found.prorettype = any (c_array) then v_type || '[]'
                    else format_type(v_found.prorettype, null)
                  end;
      begin
        if v_found.prokind = 'a' then
          execute format('create function public.planted_%s(%s, %s) returns %s ' || c_raise,
                         v_number, v_result, v_args, v_result, v_found.proname);
          execute format('create aggregate public.%I(%s) (sfunc = public.planted_%s, stype = %s)',
                         v_found.proname, v_args, v_number, v_result);
        else
          execute format('create function public.%I(%s) returns %s %s ' || c_raise,
                         v_found.proname, v_args, case when v_found.proretset then 'setof' else '' end, v_result,
                         format('%s(%s)', v_found.proname, v_args));
        end if;
      exception
        when others then null; -- an array of arrays, or there is one already
      end;
    end loop;

    -- format() and its like: one to three arguments where any number may stand
    if v_found.provariadic = '"any"'::regtype then
      for v_args in
        select concat_ws(', ', nullif(f.fixed, ''), a.t, b.t, c.t)
          from (select coalesce(string_agg(format_type(x.id, null), ', ' order by x.place), '') as fixed
                  from unnest(v_found.args[0 : cardinality(v_found.args) - 2]) with ordinality as x (id, place)) as f
         cross join unnest(array['text', 'integer', 'bigint', 'numeric', 'name', 'uuid', 'jsonb', 'regclass']) as a (t)
         cross join unnest(array[null, 'text', 'integer', 'bigint', 'name', 'jsonb']) as b (t)
         cross join unnest(array[null, 'text', 'integer', 'bigint', 'name']) as c (t)
      loop
        begin
          execute format('create function public.%I(%s) returns %s ' || c_raise,
                         v_found.proname, v_args, format_type(v_found.prorettype, null), format('%s(%s)', v_found.proname, v_args));
        exception
          when others then null;
        end;
      end loop;
    end if;
  end loop;

  for v_found in
    select p.proname, p.prorettype, p.proretset, k.given,
           (select coalesce(string_agg(format_type(a.id, null), ', ' order by a.place), '')
              from unnest(p.proargtypes::oid[]) with ordinality as a (id, place)
             where a.place <= k.given) as args
      from pg_proc p
     cross join lateral generate_series(p.pronargs - p.pronargdefaults, p.pronargs - 1) as k (given)
     where p.pronamespace = 'public'::regnamespace
       and p.pronargdefaults > 0
  loop
    execute format('create function public.%I(%s) returns %s %s ' || c_raise,
                   v_found.proname, v_found.args, case when v_found.proretset then 'setof' else '' end,
                   format_type(v_found.prorettype, null), format('%s(%s)', v_found.proname, v_found.args));
  end loop;

  foreach v_left in array v_types loop
    foreach v_right in array v_types loop
      foreach v_type in array c_operators loop
        continue when exists (select
                                from pg_operator o
                               where o.oprnamespace = 'pg_catalog'::regnamespace
                                 and o.oprname = v_type
                                 and o.oprleft = v_left::regtype
                                 and o.oprright = v_right::regtype);
        v_number := v_number + 1;
        begin
          execute format('select pg_typeof((null::%s) operator(pg_catalog.%s) (null::%s))::text', v_left, v_type, v_right)
             into v_result;
          execute format('create function public.planted_%s(%s, %s) returns %s ' || c_raise,
                         v_number, v_left, v_right, v_result, format('%s %s %s', v_left, v_type, v_right));
          execute format('create operator public.%s (function = public.planted_%s, leftarg = %s, rightarg = %s)',
                         v_type, v_number, v_left, v_right);
        exception
          when others then null; -- nothing built in joins the two
        end;
      end loop;
    end loop;
  end loop;
end
$plant$;

reset search_path;
