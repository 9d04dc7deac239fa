-- Requests that carried an idempotency key, for a day, so that a repeated one is
-- told what the first did. Kept is what that came to in figures, encrypted, and
-- never whom it named: a repeat asks for the matches again. Key and body are
-- keyed digests: each of them may be made of numbers.
create table contact_sync_answers (
  owner_id      uuid        not null, -- all zeros for callers that are no user
  route         text        not null,
  key_digest    text        not null,
  fingerprint   text        not null,
  answer        bytea,                -- NULL while the first request is at work
  claim_id      uuid        not null, -- whose work it is: that request's alone
  claimed_until timestamptz not null, -- renewed while it works; then others may
  key_number    smallint    not null default contact_sync_key_number(), -- what all of it was made with
  created_at    timestamptz not null default now(),

  constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest),
  constraint contact_sync_answers_answer_is_short check (octet_length(answer) <= 2048)
);

-- For pruning.
create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at);

alter table contact_sync_answers enable row level security;
