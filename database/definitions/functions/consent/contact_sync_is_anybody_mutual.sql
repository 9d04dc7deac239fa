-- Whether there is anybody who is found by those alone whom they have in their own
-- book: only then it matters to others' links which numbers an owner has. Whoever
-- asks is behind the fence, so that the linker waits for them when somebody chooses
-- so meanwhile.
create function contact_sync_is_anybody_mutual()
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_consent c where c.discoverable = 'mutual')
      or contact_sync_default_discoverable() = 'mutual';
end
$$;
