-- The limits that this database has in force for whoever syncs, as the operator's page
-- is told. For service_role.
create function contact_sync_settings_in_force()
returns jsonb
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return pg_catalog.jsonb_build_object(
    'budget', (
      select pg_catalog.jsonb_build_object(
               'burst', b.burst, 'per_day', b.refill_per_day,
               'new_account_days', b.new_account_days, 'new_account_burst', b.new_account_burst)
        from contact_sync_new_number_budget() as b),
    'hold_suspects', coalesce((select s.hold_suspects from contact_sync_settings s where s.only_row), 0::smallint),
    'discoverable', contact_sync_default_discoverable(),
    'keep_choices_days', coalesce((select s.choices_kept_days from contact_sync_settings s where s.only_row), 30),
    'retention', pg_catalog.jsonb_build_object(
      'silent_owner_months', coalesce((select s.silent_owner_months from contact_sync_settings s where s.only_row), 18),
      'forgotten_number_months', coalesce((select s.forgotten_number_months from contact_sync_settings s where s.only_row), 0),
      'run_days', coalesce((select s.runs_kept_days from contact_sync_settings s where s.only_row), 90)),
    'sealed', coalesce((select s.is_sealed from contact_sync_seal s), false));
end
$$;
