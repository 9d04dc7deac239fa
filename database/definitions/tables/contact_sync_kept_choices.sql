-- What an owner had chosen for contacts that a sync has removed. It comes back
-- with the contact, or is forgotten after a while (set_choice_retention()).
--
-- While there is a budget for new numbers, every number that a sync removes has a
-- row: it was paid for, and is not charged again when it comes back within that
-- while. An ordinary contact's has nothing chosen. Without a budget only contacts
-- with a choice have one; and one that somebody deletes by hand leaves none.
create table contact_sync_kept_choices (
  owner_id         uuid        not null,
  phone_key        uuid        not null,
  removed_at       timestamptz not null,
  is_favorite      boolean     not null,
  last_interaction timestamptz,

  constraint contact_sync_kept_choices_pkey primary key (owner_id, phone_key)
);

-- For forgetting.
create index contact_sync_kept_choices_removed_at_idx on contact_sync_kept_choices (removed_at);

-- For numbers that are forgotten.
create index contact_sync_kept_choices_phone_key_idx on contact_sync_kept_choices (phone_key);

alter table contact_sync_kept_choices enable row level security;
