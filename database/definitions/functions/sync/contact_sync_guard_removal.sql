-- Refuses to remove more than half of a book without confirmation. p_is_least
-- says that p_missing is what is known without having read the book.
create function contact_sync_guard_removal(
  p_missing         integer,
  p_stored          integer,
  p_confirm_removal boolean,
  p_is_least        boolean)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_missing * 2 > p_stored and not p_confirm_removal then
    raise exception using
      errcode = 'YC006',
      message = pg_catalog.format('REPLACE_NEEDS_CONFIRMATION: this sync would remove %s%s of %s contacts',
                       case when p_is_least then 'at least ' end, p_missing, p_stored),
      detail = pg_catalog.json_build_object('would_remove', p_missing, 'contacts_count', p_stored)::text,
      hint = 'Nothing was removed. If the person really deleted them, repeat the call with removal confirmed.';
  end if;
end
$$;
