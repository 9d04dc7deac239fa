-- Gives back to an owner's budget what numbers cost that turned out to be none that
-- are stored (forget_phone()). The caller holds the owner's lock.
create function contact_sync_refund(p_owner_id uuid, p_numbers integer)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  update contact_sync_status s
     set new_numbers_spent = greatest(s.new_numbers_spent - p_numbers::numeric, 0::numeric)
   where s.owner_id = p_owner_id;
end
$$;
