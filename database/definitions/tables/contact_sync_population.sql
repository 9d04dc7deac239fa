-- What address books look like here, from the last full syncs of up to 20,000
-- owners: how many owners those were, how large the books of all but one in a
-- hundred are, and how many of their numbers have accounts. One row, written by
-- clean_up_contact_sync(); none, or NULLs, where too few have synced to say so.
create table contact_sync_population (
  only_row         boolean     not null default true,
  owners           integer     not null,
  book_size        integer,
  matched_share    float8,
  measured_at      timestamptz not null default now(),

  constraint contact_sync_population_pkey primary key (only_row),
  constraint contact_sync_population_one_row check (only_row)
);

alter table contact_sync_population enable row level security;
