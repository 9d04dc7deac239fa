-- Where the work of a call for one owner is done: here, in the transaction of the call.
-- What does the work is a function of its own, which on Citus runs whole on the node where
-- the owner's rows lie, in one round trip, unless contact_sync_cluster_choose_place() says
-- otherwise.
create function contact_sync_choose_place(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
end
$$;
