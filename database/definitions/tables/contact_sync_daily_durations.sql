-- How long things took, a day's distribution by contact_sync_bucket_bounds(): 'sync', completed
-- runs that were folded; 'link', changes of the directory, from the change until every
-- book said so.
create table contact_sync_daily_durations (
  sync_date date     not null,
  subject   text     not null,
  bucket    smallint not null,
  how_many  bigint   not null,

  constraint contact_sync_daily_durations_pkey primary key (sync_date, subject, bucket),
  constraint contact_sync_daily_durations_known_subject check (subject in ('sync', 'link'))
);

alter table contact_sync_daily_durations enable row level security;
