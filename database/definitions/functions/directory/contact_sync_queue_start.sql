-- The id that the linker's queue begins behind, for whoever reads all of it; 0
-- for a queue that is small, dead entries included, or that is to be read from
-- its very beginning again. See contact_sync_linker.
create function contact_sync_queue_start()
returns bigint
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_queue_large() then
    return 0;
  end if;
  return coalesce((select l.first_entry_id - 1
                     from contact_sync_linker l
                    where clock_timestamp() between l.walked_at and l.walked_at + interval '1 minute'), 0);
end
$$;
