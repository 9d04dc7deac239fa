-- contact_sync_shown_everywhere() on Citus: what each node shows. A change is visible on
-- the coordinator first and on the workers one after another, and where one fails
-- meanwhile, only when Citus has recovered its prepared transaction: until then whoever
-- syncs there reads a directory without it, and the entry is not to be looked at. What this
-- very transaction has written nobody else can see.
create function contact_sync_cluster_shown_everywhere(
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
declare
  v_answer json;
begin
  link_ids := p_link_ids;
  book_ids := p_book_ids;
  is_erased := true;
  for v_answer in
    select a.answer::json
      from contact_sync_ask_nodes_within(
             pg_catalog.format(
               'select %I.contact_sync_node_shows(%L, %L, %L, %L)',
               current_schema(), p_link_ids, p_book_ids, p_user_digest, p_erased_at)) as a
  loop
    link_ids := array(select pg_catalog.unnest(link_ids)
                      intersect
                      select json_array_elements_text(v_answer -> 'link_ids'::text)::bigint
                       order by 1);
    book_ids := array(select pg_catalog.unnest(book_ids)
                      intersect
                      select json_array_elements_text(v_answer -> 'book_ids'::text)::bigint
                       order by 1);
    is_erased := is_erased and (v_answer ->> 'is_erased'::text)::boolean;
  end loop;
end
$$;
