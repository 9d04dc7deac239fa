-- Spends an owner's budget for new numbers on those of a call, and returns what
-- is left of it (NULLs: there is no budget). Beyond the budget it refuses the
-- call, and as that rolls back, a refused call costs nothing.
--
-- What is stored is what was spent, and it dwindles: so that an owner who is
-- new has spent nothing, a budget that is raised is at hand at once, and a long
-- time can't pile up more than the burst. Nobody can tell from a refusal who of
-- the numbers has an account: it comes before the directory is asked.
--
-- A clock that was set back gives nothing back, and the next call that is not
-- refused goes on by the new time. The caller holds the owner's lock.
create function contact_sync_spend_budget(
  p_owner_id    uuid,
  p_new_numbers integer,
  out budget_limit     integer,
  out budget_remaining integer,
  out budget_reset     integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_day     constant numeric := 86400; -- seconds
  c_longest constant numeric := 2147483647;
  -- numeric as well: an operator that no built-in one fits exactly may be another's
  c_new     constant numeric := p_new_numbers;
  v_now     constant timestamptz := clock_timestamp();
  v_limit   numeric;
  v_per_day numeric;
  v_since   timestamptz;
  v_spent   numeric;
begin
  select s.new_numbers_spent, s.new_numbers_since,
         (select b.new_number_burst    from contact_sync_settings b where b.only_row),
         (select b.new_numbers_per_day from contact_sync_settings b where b.only_row)
    into v_spent, v_since, budget_limit, v_per_day
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  if budget_limit is null then
    select b.burst, b.refill_per_day
      into budget_limit, v_per_day
      from contact_sync_new_number_budget() as b;
  end if;
  if budget_limit = 0 then
    budget_limit := null;
    return;
  end if;
  v_limit := budget_limit;

  if v_since < v_now then
    v_spent := greatest(0, v_spent - v_per_day * extract(epoch from v_now - v_since) / c_day);
  end if;

  budget_remaining := greatest(0, floor(v_limit - v_spent));
  budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
  if p_new_numbers > budget_remaining then
    raise exception using
      errcode = 'YC013',
      message = pg_catalog.format('NEW_NUMBER_BUDGET_EXCEEDED: %s numbers are new to this owner, whose budget has %s of %s left',
                       p_new_numbers, budget_remaining, budget_limit),
      detail = pg_catalog.json_build_object(
        'limit', budget_limit,
        'remaining', budget_remaining,
        'reset', budget_reset,
        'new_numbers', p_new_numbers,
        -- until these numbers fit, or as many as ever can
        'retry_after_seconds', least(c_longest, greatest(1, ceil(
          (least(c_new, v_limit) - (v_limit - v_spent)) * c_day / v_per_day))))::text,
      hint = case
               when p_new_numbers > budget_limit then
                 'Nothing of this call was changed. The budget never has room for as many at once: send chunks, as it refills.'
               else
                 'Nothing of this call was changed. Wait until the budget has refilled, or send fewer numbers that are new.'
             end;
  end if;

  if p_new_numbers > 0 or v_since > v_now then
    v_spent := round(v_spent + c_new, 6);
    budget_remaining := greatest(0, floor(v_limit - v_spent));
    budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
    update contact_sync_status s
       set new_numbers_spent = v_spent,
           new_numbers_since = v_now
     where s.owner_id = p_owner_id;
  end if;
end
$$;
