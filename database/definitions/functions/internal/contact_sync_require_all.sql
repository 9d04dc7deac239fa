-- Refuses a list that is missing or that holds lists by name, and one with a NULL
-- in it by the position of the first, counted from 0.
create function contact_sync_require_all(p_elements uuid[], p_argument text)
returns void
language plpgsql immutable
set search_path from current
as $$
declare
  v_position integer;
begin
  perform contact_sync_require(p_elements is not null, p_argument);
  if pg_catalog.array_ndims(p_elements) > 1 then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must be an array of one dimension', p_argument),
      hint = 'Nothing was written.';
  end if;
  v_position := pg_catalog.array_position(p_elements, null) - pg_catalog.array_lower(p_elements, 1);
  if v_position is not null then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must not be null at position %s', p_argument, v_position),
      detail = pg_catalog.json_build_object('position', v_position)::text,
      hint = 'Nothing was written.';
  end if;
end
$$;
