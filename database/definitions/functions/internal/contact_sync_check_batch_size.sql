-- Refuses a batch size outside 1 to 1,000 (the guide's maximum).
create function contact_sync_check_batch_size(p_batch_size integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_batch_size is null or p_batch_size not between 1 and 1000 then
    raise exception using
      errcode = 'YC002',
      message = pg_catalog.format('INVALID_BATCH_SIZE: the batch size is %s; it must be from 1 to 1000',
                       coalesce(p_batch_size::text, 'null')),
      detail = '{"min": 1, "max": 1000}',
      hint = 'get_optimal_batch_size() says which size fits.';
  end if;
end
$$;
