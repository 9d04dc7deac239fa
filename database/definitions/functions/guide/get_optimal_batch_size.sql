-- The batch size for a number of contacts: the rows that make 250 KB, the
-- guide's target, within 100 and 1,000, and at most 500 for more than 10,000
-- contacts. Users call it as themselves, so it stands on no function of ours
-- that is not theirs as well.
-- For every signed-in user and service_role.
create function get_optimal_batch_size(
  p_estimated_contact_count integer,
  p_avg_contact_size_kb     numeric default 0.5)
returns integer
language plpgsql immutable
set search_path from current
as $$
begin
  if p_estimated_contact_count is null or p_avg_contact_size_kb is null then
    raise exception using
      errcode = 'YC001',
      message = case
        when p_estimated_contact_count is null
        then 'INVALID_ARGUMENT: p_estimated_contact_count must not be null'
        else 'INVALID_ARGUMENT: p_avg_contact_size_kb must not be null'
      end;
  end if;
  if p_estimated_contact_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_estimated_contact_count must not be negative';
  end if;
  -- 'NaN' sorts above every number, so it fails the second test
  if not (p_avg_contact_size_kb > 0.0 and p_avg_contact_size_kb < 'NaN') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_avg_contact_size_kb must be greater than 0';
  end if;

  return least(
    greatest(least(floor(250.0 / p_avg_contact_size_kb), 1000), 100),
    case when p_estimated_contact_count > 10000 then 500 else 1000 end);
end
$$;
