-- What users have said about being found by those who have their number. Who has
-- no row has said nothing: the service's default holds for them
-- (contact_sync_settings.default_discoverable), and they block nobody.
create table contact_sync_consent (
  user_id      uuid        not null,

  -- everybody; mutual: those whose number is in the user's own book; nobody.
  -- NULL: the service's default.
  discoverable text,

  -- Are there rows of contact_sync_blocks? Only then they are asked for.
  has_blocks   boolean     not null default false,
  changed_at   timestamptz not null default now(),

  constraint contact_sync_consent_pkey primary key (user_id),
  constraint contact_sync_consent_known_discoverable
    check (discoverable in ('everybody', 'mutual', 'nobody'))
);

-- "Is there any?": only where somebody has to be known to be found, it matters
-- whom a user has in their book.
create index contact_sync_consent_mutual_idx on contact_sync_consent (user_id) where discoverable = 'mutual';

alter table contact_sync_consent enable row level security;
