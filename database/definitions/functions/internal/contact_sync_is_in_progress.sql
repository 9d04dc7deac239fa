-- Whether a transaction has not ended yet, also where its id is one of a
-- savepoint that was released, of which pg_locks no longer knows. p_id is not
-- much newer than this transaction, which has an id. NULL: it is of another node (Citus).
create function contact_sync_is_in_progress(p_id bigint)
returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
  v_current constant bigint := pg_current_xact_id()::text::bigint;
  -- of the same four thousand million, or of those before
  v_id bigint := v_current - v_current % 4294967296 + p_id;
begin
  if p_id >= 4294967296 then
    return null;
  end if;
  if v_id > v_current then
    v_id := v_id - 4294967296;
  end if;
  return v_id > 0 and coalesce(pg_xact_status(v_id::text::xid8) = 'in progress', false);
end
$$;
