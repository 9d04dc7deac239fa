-- Spends an owner's budget for new numbers on those of a call, and returns what
-- is left of it (NULLs: there is no budget). Beyond the budget it refuses the
-- call, and as that rolls back, a refused call costs nothing.
--
-- Unreadable numbers (p_signs) are charged alike beyond a book's share: 1,000, or
-- half of what was received with the p_numbers that could be read. Charged is what
-- exceeds the most that was charged before, so that the same book again is free.
--
-- What is stored is what was spent, and it dwindles: so that an owner who is
-- new has spent nothing, a budget that is raised is at hand at once, and a long
-- time can't pile up more than the burst. Nobody can tell from a refusal who of
-- the numbers has an account: it comes before the directory is asked.
--
-- An account is new after the moment that p_signs names, or after the owner's
-- first sync.
--
-- A clock that was set back gives nothing back, and the next call that is not
-- refused goes on by the new time. The caller holds the owner's lock; or gives NULL for
-- the new numbers and the signs, which only tells, also of an owner who has no row yet.
create function contact_sync_spend_budget(
  p_owner_id    uuid,
  p_new_numbers integer,
  p_numbers     integer,
  p_signs       jsonb,
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
  -- A real book has names without a number, short codes, *100#: some hundred at most.
  c_rejected_share constant integer := 1000;
  v_now     constant timestamptz := clock_timestamp();
  v_limit   numeric;
  v_per_day numeric;
  v_since   timestamptz;
  v_spent   numeric;
  v_first_sync_at    timestamptz;
  v_rejected         integer;
  v_rejected_before  integer;
  v_created_at       timestamptz;
  -- numeric, as all below: an operator that no built-in one fits exactly may be another's
  v_new_account_days numeric;
  v_new_burst        integer;
  v_charge           numeric;
  v_left             numeric;
  -- of a new account: what the limit rises to, in how many seconds
  v_later_limit      numeric;
  v_later_seconds    numeric;
begin
  select s.new_numbers_spent, s.new_numbers_since, s.first_sync_at, s.rejected_charged
    into v_spent, v_since, v_first_sync_at, v_rejected_before
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  v_spent := coalesce(v_spent, 0.0);
  select b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst
    into budget_limit, v_per_day, v_new_account_days, v_new_burst
    from contact_sync_new_number_budget() as b;
  if budget_limit = 0 then
    budget_limit := null;
    return;
  end if;

  if p_signs is not null then
    select g.rejected, g.account_created_at
      into v_rejected, v_created_at
      from contact_sync_read_signs(p_signs) as g;
    v_rejected := v_rejected - greatest(c_rejected_share, ((p_numbers::bigint + v_rejected::bigint) / 2::bigint)::integer);
  end if;
  v_rejected := greatest(0, v_rejected - v_rejected_before);
  v_charge := coalesce(p_new_numbers, 0) + v_rejected;

  if v_new_burst < budget_limit and v_new_account_days > 0.0 then
    v_later_seconds := ceil(
      v_new_account_days * c_day
      - greatest(0.0, extract(epoch from v_now - coalesce(v_created_at, v_first_sync_at, v_now))));
    if v_later_seconds > 0.0 then
      v_later_limit := budget_limit;
      budget_limit := v_new_burst;
    end if;
  end if;
  v_limit := budget_limit;

  if v_since < v_now then
    v_spent := greatest(0, v_spent - v_per_day * extract(epoch from v_now - v_since) / c_day);
  end if;

  v_left := greatest(0, floor(v_limit - v_spent));
  if v_charge > v_left then
    perform contact_sync_refuse_numbers(
      p_new_numbers, v_rejected, v_limit, v_spent, v_per_day, v_later_limit, v_later_seconds);
  end if;

  if v_charge > 0.0 or v_since > v_now and p_new_numbers is not null then
    v_spent := round(v_spent + v_charge, 6);
    update contact_sync_status s
       set new_numbers_spent = v_spent,
           new_numbers_since = v_now,
           rejected_charged = s.rejected_charged + v_rejected
     where s.owner_id = p_owner_id;
  end if;
  budget_remaining := greatest(0, floor(v_limit - v_spent));
  budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
end
$$;
