-- Sets the score, 1 to 100, from which a sync makes its owner a held one, who keeps
-- the links they have and gains no more until they are released (release_owner());
-- 0: nobody is held any more from now on, which is so unless somebody sets it.
-- Returns what holds, NULL for nobody; NULL only tells. Whoever is held stays so.
-- For service_role.
create function set_suspect_hold(p_min_score integer default null)
returns integer
language plpgsql volatile
set search_path from current
as $$
begin
  if p_min_score is not null then
    perform contact_sync_check_range(p_min_score, 0, 100, 'p_min_score', '0 holds nobody.');
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, hold_suspects)
    select b.burst, b.refill_per_day, nullif(p_min_score, 0)
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set hold_suspects = excluded.hold_suspects,
           changed_at = excluded.changed_at
     where s.hold_suspects is distinct from excluded.hold_suspects;
  end if;
  return (select s.hold_suspects from contact_sync_settings s where s.only_row);
end
$$;
