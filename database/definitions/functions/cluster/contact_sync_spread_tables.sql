-- The tables that lie on more than one node of a Citus cluster, and where: 'everywhere' with
-- all rows, 'by owner' beside contacts_with_accounts, or 'here' on the coordinator, within
-- the reach of all nodes. In the order in which they are spread. What stands not here only
-- the linker and the statistics need.
create function contact_sync_spread_tables(
  out name  text,
  out place text)
returns setof record
language sql immutable
set search_path from current
as $$
  select t.name, t.place
    from (values
      ('phones'::text, 'everywhere'::text),
      ('contact_sync_pending_links', 'everywhere'),
      ('contact_sync_pending_books', 'everywhere'),
      ('contact_sync_seal', 'everywhere'),
      ('contact_sync_settings', 'everywhere'),
      ('contact_sync_population', 'everywhere'),
      ('contact_sync_consent', 'everywhere'),
      ('contact_sync_blocks', 'everywhere'),
      ('contact_sync_erasures', 'everywhere'),
      ('contact_sync_renewed_links', 'everywhere'),
      ('contacts_with_accounts', 'by owner'),
      ('contact_sync_status', 'by owner'),
      ('contact_sync_runs', 'by owner'),
      ('contact_sync_staged_keys', 'by owner'),
      ('contact_sync_streams', 'by owner'),
      ('contact_sync_devices', 'by owner'),
      ('contact_sync_kept_choices', 'by owner'),
      ('contact_sync_sessions', 'by owner'),
      ('contact_sync_session_parts', 'by owner'),
      ('contact_sync_answers', 'by owner'),
      ('contact_sync_outbox', 'here')) as t (name, place)
$$;
