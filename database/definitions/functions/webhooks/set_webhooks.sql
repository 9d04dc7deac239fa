-- Says whether changes of links are written to the outbox, for webhooks, and
-- returns what holds; NULL leaves it as it is. `serve` turns it on where a webhook
-- is configured, and nobody turns it off but by this call: otherwise, of several
-- processes one that lacks the variable would silence the others.
--
-- What is in the outbox stays there. For service_role.
create function set_webhooks(p_enabled boolean default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  if p_enabled is not null then
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, has_outbox)
    select b.burst, b.refill_per_day, p_enabled
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set has_outbox = excluded.has_outbox,
           changed_at = excluded.changed_at
     where s.has_outbox <> excluded.has_outbox;
  end if;
  return contact_sync_has_outbox();
end
$$;
