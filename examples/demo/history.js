// A month of invented history, so that an operator's page has something to show: people who never
// were, with books, devices and syncs, some that failed, somebody who tries numbers, and messages
// that a back end did not take. It is written into the demo's own tables, which no program of yours
// ever does: yours sync. Written again it is the same month, and ends today.
import pg from "pg";

const OWNERS = 240;
const DAYS = 31;

// Nobody's dice: the same for the same words, so that the same month is invented each time.
const FUNCTIONS = `
create function pg_temp.dice(p_words text) returns float8 language sql immutable as $$
  select ('x' || left(md5(p_words), 8))::bit(32)::bigint / 4294967296.0
$$;
create function pg_temp.person(p_number bigint) returns uuid language sql immutable as $$
  select overlay(overlay(md5('invented ' || p_number) placing '4' from 13) placing '8' from 17)::uuid
$$;`;

const FORGET = `
delete from contact_sync_runs r using invented i where r.owner_id = i.owner_id;
delete from contact_sync_devices d using invented i where d.owner_id = i.owner_id;
delete from contacts_with_accounts c using invented i where c.owner_id = i.owner_id;
delete from contact_sync_status s using invented i where s.owner_id = i.owner_id;
delete from contact_sync_outbox o using invented i where o.user_id = i.owner_id;`;

// A third was there before; the others came one after the other, more at weekends. Books have 40 to
// 700 numbers. The last two are somebody who tries numbers, and somebody who is over the budget.
const PEOPLE = `
create temporary table invented on commit drop as
select n as number,
       pg_temp.person(n) as owner_id,
       case when n <= ${OWNERS} / 3 then ${DAYS} + 20
            else floor(${DAYS} * pow(pg_temp.dice('came ' || n), 0.8))
       end::integer as days_ago,
       (40 + 660 * pow(pg_temp.dice('book ' || n), 3))::integer as book
  from generate_series(1, ${OWNERS}) n;`;

const BOOKS = `
insert into contact_sync_status (
  owner_id, contacts_count, sync_status, last_sync_at, last_sync_mode, device_contacts_count,
  synced_contacts_count, matched_contacts_count, first_sync_at, created_at)
select owner_id, book, 'completed', now() - pg_temp.dice('last ' || number) * interval '2 days',
       'delta', book, book, 0, now() - days_ago * interval '1 day', now() - days_ago * interval '1 day'
  from invented;

insert into contact_sync_devices (owner_id, device_id, slot, sync_mark, created_at, last_seen_at)
select i.owner_id, 'invented-' || d, d, gen_random_uuid(), now() - i.days_ago * interval '1 day',
       now() - pg_temp.dice('seen ' || i.number || d) * interval '3 days'
  from invented i, generate_series(1, case when i.number % 5 = 0 then 2 else 1 end) d;

-- One number in six or so is somebody's of the directory; the others are nobody's.
with directory as (
  select p.phone_key, p.linked_user_id, row_number() over (order by p.phone_key) as place,
         count(*) over () as size
    from phones p
   where p.linked_user_id is not null
), numbers as (
  select i.owner_id, i.days_ago, n,
         floor(pg_temp.dice('who ' || i.number || ' ' || n) * 480)::bigint + 1 as place
    from invented i, generate_series(1, i.book) n
)
insert into contacts_with_accounts (owner_id, phone_key, created_at, held_by, is_favorite, linked_user_id)
select distinct on (n.owner_id, coalesce(d.phone_key, md5(n.owner_id || ' ' || n.n)::uuid))
       n.owner_id, coalesce(d.phone_key, md5(n.owner_id || ' ' || n.n)::uuid),
       now() - n.days_ago * interval '1 day', 2, n.n % 40 = 0, d.linked_user_id
  from numbers n left join directory d on d.place = n.place;

update contact_sync_status s
   set contacts_count = c.contacts, matched_contacts_count = c.linked,
       device_contacts_count = c.contacts, synced_contacts_count = c.contacts
  from (select b.owner_id, count(*) as contacts, count(b.linked_user_id) as linked
          from contacts_with_accounts b join invented i using (owner_id)
         group by b.owner_id) c
 where s.owner_id = c.owner_id;`;

// In the evening most of all, at weekends more than on a Monday, and one in 40 fails.
const SYNCS = `
create temporary table days on commit drop as
select d as days_ago, (now() at time zone 'UTC')::date - d as day,
       case extract(isodow from (now() at time zone 'UTC')::date - d)
         when 6 then 1.35 when 7 then 1.5 when 1 then 0.8 else 1 end as mood
  from generate_series(0, ${DAYS - 1}) d;

with syncs as (
  select i.*, d.day, d.days_ago as ago, s.matched_contacts_count as linked, s.contacts_count,
         d.days_ago = i.days_ago as is_first,
         (d.day + 24 * pow(pg_temp.dice(concat('when ', i.number, d.day)), 0.7) * interval '1 hour')
           at time zone 'UTC' as at,
         pg_temp.dice(concat('fails ', i.number, d.day)) as fate,
         1 + floor(6 * pow(pg_temp.dice(concat('some ', i.number, d.day)), 2))::integer as changed
    from invented i
    join contact_sync_status s using (owner_id)
    join days d on d.days_ago <= i.days_ago
   where d.days_ago = i.days_ago or pg_temp.dice(concat('syncs ', i.number, d.day)) < 0.42 * d.mood
), judged as (
  select *, case when is_first then null
                 when fate < 0.008 then 'SYNC_DIGEST_MISMATCH'
                 when fate < 0.015 then 'SYNC_TOKEN_EXPIRED'
                 when fate < 0.02 then 'TIMED_OUT'
                 when fate < 0.024 then 'REPLACE_NEEDS_CONFIRMATION'
            end as error_code
    from syncs
   where at < now()
)
insert into contact_sync_runs (
  owner_id, started_at, sync_status, sync_mode, device_contacts_count, synced_contacts_count,
  contacts_inserted, contacts_unchanged, contacts_removed, matched_contacts_count, batch_size,
  processing_time_ms, error_code, suspicion)
select owner_id, at, case when error_code is null then 'completed' else 'failed' end,
       case when is_first then 'replace' else 'delta' end, contacts_count,
       case when error_code is not null then 0 when is_first then contacts_count else changed end,
       case when error_code is not null then 0 when is_first then contacts_count else changed end, 0,
       case when error_code is null and not is_first and changed % 3 = 0 then 1 else 0 end,
       case when error_code is not null then 0 when is_first then linked
            else round(changed * linked / greatest(contacts_count, 1.0)) end,
       500,
       greatest(1, round(case when error_code = 'TIMED_OUT' then 30000
                              when is_first then 6 + contacts_count / 9.0
                              else 3 + 4 * pow(fate, 6) * 12 + changed end))::integer,
       error_code, 0
  from judged
 order by at;

-- They leave no run, only a day's count.
insert into contact_sync_daily_totals as t (sync_date, unchanged_syncs)
select d.day, round(d.mood * 2.6 * count(*) * case when d.days_ago = 0
         then extract(epoch from now() - d.day::timestamp at time zone 'UTC') / 86400.0 else 1 end)
  from days d join invented i on i.days_ago >= d.days_ago
 group by d.day, d.days_ago, d.mood
    on conflict (sync_date) do update set unchanged_syncs = excluded.unchanged_syncs;`;

const TROUBLES = `
-- Four books of 600 numbers in a row, each near the other, which hardly anybody has.
insert into contact_sync_runs (
  owner_id, started_at, sync_status, sync_mode, device_contacts_count, synced_contacts_count,
  contacts_inserted, contacts_removed, matched_contacts_count, batch_size, processing_time_ms,
  error_code, suspicion, neighbours_percent)
select pg_temp.person(${OWNERS}), now() - interval '20 hours' + n * interval '11 minutes',
       case when n < 5 then 'completed' else 'failed' end, 'replace', 600,
       case when n < 5 then 600 else 0 end, case when n < 5 then 600 else 0 end,
       case when n between 2 and 4 then 600 else 0 end, case when n < 5 then 3 + n else 0 end, 1000,
       case when n < 5 then 380 + 20 * n else 2 end,
       case when n >= 5 then 'NEW_NUMBER_BUDGET_EXCEEDED' end,
       case when n < 5 then 40 + 12 * n end, case when n < 5 then 97 end
  from generate_series(1, 7) n;
update contact_sync_status
   set held_at = now() - interval '19 hours', held_suspicion = 88
 where owner_id = pg_temp.person(${OWNERS});

-- And somebody whose book is larger than a new account's budget.
insert into contact_sync_runs (
  owner_id, started_at, sync_status, sync_mode, device_contacts_count, processing_time_ms, error_code)
select pg_temp.person(${OWNERS - 1}), now() - d * interval '1 day' - interval '3 hours', 'failed',
       'replace', 14200, 2, 'NEW_NUMBER_BUDGET_EXCEEDED'
  from generate_series(1, 6) d;

-- What the back end was to be told, and did not take for a day.
insert into contact_sync_outbox (
  message_id, is_link, user_id, phone_key, is_silent, owner_ids, changed_at, attempts,
  last_failure, due_at, set_aside_at)
select md5('message ' || n)::uuid, n % 3 > 0, pg_temp.person(n), md5('number ' || n)::uuid, false,
       array[pg_temp.person(n + 1), pg_temp.person(n + 2)], now() - interval '3 days' - n * interval '7 minutes',
       12, (array['503', 'timeout', 'unreachable'])[1 + n % 3], null, now() - interval '1 day' - n * interval '7 minutes'
  from generate_series(1, 5) n;`;

const STATE = `
-- How much there was each day, and how long it took until a joiner was in every book.
insert into contact_sync_daily_state as t (state_date, directory_numbers, contacts, stored_rows, stored_bytes)
select d.day, n.numbers - d.days_ago, c.contacts, c.contacts + n.numbers + r.runs,
       (c.contacts * 150 + n.numbers * 120 + r.runs * 170)::bigint
  from days d
  cross join (select count(*) as numbers from phones) n
  cross join lateral (select coalesce(sum(s.contacts_count), 0) as contacts from contact_sync_status s
                       where s.created_at < d.day + interval '1 day') c
  cross join lateral (select count(*) as runs from contact_sync_runs u
                       where u.started_at < d.day + interval '1 day') r
    on conflict (state_date) do update
   set directory_numbers = excluded.directory_numbers, contacts = excluded.contacts,
       stored_rows = excluded.stored_rows, stored_bytes = excluded.stored_bytes;

insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
select d.day, 'link',
       width_bucket((40 + 900 * pow(pg_temp.dice(concat('lag ', d.day, n)), 4))::float8, contact_sync_bucket_bounds()),
       count(*)
  from days d, generate_series(1, (6 * d.mood)::integer) n
 group by 1, 2, 3
    on conflict (sync_date, subject, bucket) do update set how_many = excluded.how_many;`;

/**
 * @param {string} connectionString of the demo's database, as the owner of its tables
 * @returns {Promise<{ owners: number, syncs: number }>} what was invented
 */
export async function inventHistory(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(`begin; set local search_path = public, pg_temp; ${FUNCTIONS}`);
    for (const part of [PEOPLE, FORGET, BOOKS, SYNCS, TROUBLES, STATE]) await client.query(part);
    const { rows } = await client.query(
      "select count(*)::integer as syncs from contact_sync_runs join invented using (owner_id)",
    );
    await client.query("commit");
    // So that what is estimated of tables is right from the first look on.
    await client.query(
      "analyze contacts_with_accounts, contact_sync_status, contact_sync_runs, phones",
    );
    return { owners: OWNERS, syncs: rows[0].syncs };
  } finally {
    await client.end();
  }
}
