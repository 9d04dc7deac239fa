-- Answers to requests that carried an idempotency key, for a day, so that a
-- repeated request gets the first one's answer. Key and body are kept as keyed
-- digests and the answer encrypted: each of them may be made of numbers.
create table contact_sync_answers (
  owner_id      uuid        not null, -- all zeros for callers that are no user
  route         text        not null,
  key_digest    text        not null,
  fingerprint   text        not null,
  answer        bytea,                -- NULL while the first request is at work
  claimed_until timestamptz not null, -- then its claim ends, answered or not
  created_at    timestamptz not null default now(),

  constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest)
);

-- For pruning.
create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at);

alter table contact_sync_answers enable row level security;
