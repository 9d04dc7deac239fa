-- Refuses a call whose numbers a budget has no room for, and says when it will:
-- p_spent of p_limit is spent, and p_per_day comes back. Of a new account the limit
-- rises to p_later_limit in p_later_seconds (NULLs: it does not).
create function contact_sync_refuse_numbers(
  p_new_numbers   integer,
  p_rejected      integer,
  p_limit         numeric,
  p_spent         numeric,
  p_per_day       numeric,
  p_later_limit   numeric,
  p_later_seconds numeric)
returns void
language plpgsql immutable
set search_path from current
as $$
declare
  c_day     constant numeric := 86400; -- seconds
  c_longest constant numeric := 2147483647;
  -- numeric as well: an operator that no built-in one fits exactly may be another's
  v_charge  constant numeric := p_new_numbers + p_rejected;
  v_left    constant numeric := greatest(0, floor(p_limit - p_spent));
  -- until these numbers fit, or as many as ever can
  v_wait    numeric;
begin
  v_wait := (least(v_charge, p_limit) - (p_limit - p_spent)) * c_day / p_per_day;
  if p_later_limit is not null then
    v_wait :=
      case
        when v_charge > p_limit
        then greatest(p_later_seconds, (least(v_charge, p_later_limit) - (p_later_limit - p_spent)) * c_day / p_per_day)
        else least(v_wait, greatest(p_later_seconds, (v_charge - (p_later_limit - p_spent)) * c_day / p_per_day))
      end;
  end if;

  raise exception using
    errcode = 'YC013',
    message = pg_catalog.format(
      'NEW_NUMBER_BUDGET_EXCEEDED: %s numbers are new to this owner%s, whose %s has %s of %s left',
      p_new_numbers,
      case
        when p_rejected > 0
        then pg_catalog.format(' and %s more than a book''s share can''t be read', p_rejected)
      end,
      case when p_later_limit is null then 'budget' else 'budget, that of a new account,' end,
      v_left, p_limit),
    detail = pg_catalog.json_build_object(
      'limit', p_limit::integer,
      'remaining', v_left::integer,
      'reset', least(c_longest, ceil(p_spent * c_day / p_per_day))::integer,
      'new_numbers', p_new_numbers,
      'rejected_numbers', nullif(p_rejected, 0),
      'later_limit', p_later_limit::integer,
      'later_limit_seconds', case when p_later_limit is not null then p_later_seconds::integer end,
      'retry_after_seconds', least(c_longest, greatest(1, ceil(v_wait)))::integer)::text,
    hint = pg_catalog.format(
      'Nothing of this call was changed. %s%s',
      case
        when v_charge <= p_limit
        then 'Wait until the budget has refilled, or send fewer numbers that are new.'
        when p_later_limit is null or v_charge > p_later_limit
        then 'The budget never has room for as many at once: send chunks, as it refills.'
        else 'It has no room for as many at once while the account is new: send chunks, as it refills.'
      end,
      case
        when p_later_limit is not null
        then pg_catalog.format(' The limit rises to %s when the account is no longer new, in %s hours.',
                               p_later_limit, ceil(p_later_seconds / 3600.0))
      end);
end
$$;
