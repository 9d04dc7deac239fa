-- Which of these entries of the linker's queues, and whether this erasure, everybody can
-- see by now: on PostgreSQL what one sees all see. On Citus a change becomes visible on
-- the nodes one after another (contact_sync_cluster_shown_everywhere()). What it says is to
-- be known before contact_sync_fence_holders() is asked.
create function contact_sync_shown_everywhere(
  p_link_ids    bigint[],
  p_book_ids    bigint[],
  p_user_digest bytea,
  p_erased_at   timestamptz,
  out link_ids  bigint[],
  out book_ids  bigint[],
  out is_erased boolean)
language plpgsql volatile
set search_path from current
as $$
begin
  link_ids := p_link_ids;
  book_ids := p_book_ids;
  is_erased := true;
end
$$;
