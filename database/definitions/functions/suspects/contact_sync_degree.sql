-- How far a figure has gone from p_none, where it says nothing yet, to p_full,
-- where it says all it can: 0 to 1, by how often it has multiplied.
create function contact_sync_degree(p_value float8, p_none float8, p_full float8)
returns float8
language plpgsql immutable
set search_path from current
as $$
begin
  if p_value is null or p_value <= p_none then
    return 0.0::float8;
  end if;
  return least(1.0::float8, ln(p_value / p_none) / ln(p_full / p_none));
end
$$;
