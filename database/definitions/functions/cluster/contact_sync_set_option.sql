-- Gives functions of ours an option that holds while they run, of the names that are given;
-- those that have it are left alone.
create function contact_sync_set_option(p_names text[], p_option text, p_value text)
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure
      from pg_catalog.pg_proc p
     where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace
       and p.proname = any (p_names::name[])
       and not coalesce(p_option || '=' || p_value = any (p.proconfig), false)
     order by p.proname
  loop
    execute pg_catalog.format('alter function %s set %s = %s', v_function, p_option, p_value);
  end loop;
end
$$;
