-- What the app's back end is yet to be told: somebody's number became linked, or
-- is no more, in the books of these owners. Written in the transaction that
-- changes the links (contact_sync_announce()), so that there is a message exactly
-- when there is a change, and deleted once it was delivered. A job of the queue
-- only names a message: jobs that are lost lose none.
--
-- Not an owner's: a message has many. On Citus a local table of the coordinator.
-- It names people, by number and user, so it is kept for 30 days at most
-- (clean_up_contact_sync()), and contact_sync_forget_messages() empties it of
-- whoever is erased.
create table contact_sync_outbox (
  message_id   uuid        not null default gen_random_uuid(),
  is_link      boolean     not null, -- contacts.linked, or else contacts.unlinked
  user_id      uuid        not null, -- who is linked, or was
  phone_key    uuid        not null,
  key_number   smallint    not null default contact_sync_key_number(), -- what phone_key is sealed with
  is_silent    boolean     not null,
  owner_ids    uuid[]      not null,
  changed_at   timestamptz not null,
  attempts     smallint    not null default 0, -- since it was written or replayed
  last_failure text, -- a status, or a word; NULL before the first, and while an attempt is under way
  due_at       timestamptz, -- when somebody has to see to it next; NULL: set aside
  set_aside_at timestamptz,

  constraint contact_sync_outbox_pkey primary key (message_id),
  constraint contact_sync_outbox_at_most_1000_owners
    check (pg_catalog.cardinality(owner_ids) between 1 and 1000),
  constraint contact_sync_outbox_due_or_set_aside
    check ((due_at is null) = (set_aside_at is not null))
);

create index contact_sync_outbox_due_at_idx
  on contact_sync_outbox (due_at)
  where due_at is not null;

create index contact_sync_outbox_changed_at_idx on contact_sync_outbox (changed_at, message_id);

alter table contact_sync_outbox enable row level security;
