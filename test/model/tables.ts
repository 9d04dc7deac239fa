import { parseKey } from "../../src/security/key.ts";
import { createPhoneCipher } from "../../src/security/phone-cipher.ts";
import { readCopies } from "../support/copies.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { ourObjects } from "../support/our-objects.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { runOrder } from "../support/run-order.ts";
import type { Model } from "./model.ts";
import type { Run } from "./syncs.ts";
import { DEVICES, HASHES, PEOPLE } from "./world.ts";

/** The world's numbers as the database knows them. */
export interface SealedWorld {
  readonly keys: readonly string[];
}

export function sealWorld(): SealedWorld {
  return { keys: createPhoneCipher(parseKey(TEST_KEY)).encrypt(HASHES) };
}

/** What an installation is, and no history leaves anything in. */
const KEPT = [
  "contact_sync_linker",
  "contact_sync_migrations",
  "contact_sync_seal",
  "contact_sync_settings",
];

export async function emptyTables({ pool }: TestDatabase): Promise<void> {
  const tables = (await ourObjects(pool, "table")).filter((table) => !KEPT.includes(table));
  const statements = tables.map((table) => `delete from ${table}`);
  statements.push("update contact_sync_settings set default_discoverable = 'everybody'");
  await pool.query(statements.join(";"));
}

// One snapshot of everything, in places of the world instead of ids.
const snapshotBy = (order: string) => `
  with device as (select id, place - 1 as place from unnest($3::text[]) with ordinality as d (id, place)),
       person as (select id, place - 1 as place from unnest($1::uuid[]) with ordinality as p (id, place)),
       number as (select key, place - 1 as place from unnest($2::uuid[]) with ordinality as n (key, place))
  select json_build_object(
    'directory', (
      select json_agg(json_build_array(n.place, u.place, case when u.place is not null then extract(day from d.verified_at at time zone 'UTC') end)
                      order by n.place)
        from phones d
        left join number n on n.key = d.phone_key
        left join person u on u.id = d.linked_user_id),
    'contacts', (
      select json_agg(json_build_array(
               o.place, n.place, u.place, c.link_given, c.is_favorite,
               extract(day from c.last_interaction at time zone 'UTC'),
               -- -1 for calls that name no device, NULL for a bit that is nobody's
               (select json_agg(case s.slot when 0 then -1 else h.place end order by s.slot > 0, h.place)
                  from generate_series(0, 15) as s (slot)
                  left join contact_sync_devices d on d.owner_id = c.owner_id and d.slot = s.slot
                  left join device h on h.id = d.device_id
                 where c.held_by::integer & (1 << s.slot) <> 0))
                      order by o.place, n.place)
        from contacts_with_accounts c
        left join person o on o.id = c.owner_id
        left join number n on n.key = c.phone_key
        left join person u on u.id = c.linked_user_id),
    'kept', (
      select json_agg(json_build_array(
               o.place, n.place, k.is_favorite, extract(day from k.last_interaction at time zone 'UTC'))
                      order by o.place, n.place)
        from contact_sync_kept_choices k
        left join person o on o.id = k.owner_id
        left join number n on n.key = k.phone_key
       where k.removed_at > now() - interval '30 days'),
    'sessions', (
      select json_agg(json_build_array(o.place, d.place) order by o.place, d.place)
        from contact_sync_sessions e
        left join person o on o.id = e.owner_id
        left join device d on d.id = e.device_id),
    'pending', (
      select json_agg(n.place order by n.place)
        from contact_sync_pending_links q
        left join number n on n.key = q.phone_key
       where q.owner_id is null),
    'pendingOfOwners', (
      select json_agg(distinct jsonb_build_array(n.place, o.place))
        from contact_sync_pending_links q
        left join number n on n.key = q.phone_key
        left join person o on o.id = q.owner_id
       where q.owner_id is not null),
    'pendingBooks', (
      select json_agg(distinct jsonb_build_array(p.place, q.are_given))
        from contact_sync_pending_books q
        left join person p on p.id = q.person_id),
    'status', (
      select json_agg(json_build_array(
               coalesce(s.contacts_count, 0), coalesce(s.sync_status, 'never_synced'), s.last_sync_mode,
               s.device_contacts_count, s.synced_contacts_count, s.matched_contacts_count,
               s.last_error_code, (select count(*) from contact_sync_staged_keys k where k.owner_id = o.id))
                      order by o.place)
        from person o
        left join contact_sync_status s on s.owner_id = o.id),
    'runs', (
      select json_agg(json_build_array(
               o.place, r.sync_status, r.sync_mode, r.device_contacts_count, r.synced_contacts_count,
               r.contacts_inserted, r.contacts_updated, r.contacts_unchanged, r.contacts_removed,
               r.matched_contacts_count, r.error_code)
                      order by ${order})
        from contact_sync_runs r
        left join person o on o.id = r.owner_id),
    'folded', (
      select json_build_array(
               coalesce(sum(t.total_syncs), 0), coalesce(sum(t.completed_syncs), 0),
               coalesce(sum(t.failed_syncs), 0), coalesce(sum(t.synced_contacts_count), 0),
               coalesce(sum(t.contacts_inserted), 0), coalesce(sum(t.contacts_updated), 0),
               coalesce(sum(t.contacts_unchanged), 0), coalesce(sum(t.contacts_removed), 0),
               coalesce(sum(t.matched_contacts_count), 0))
        from contact_sync_daily_totals t)
  ) as tables`;

/** What the tables hold. */
export async function readTables(database: TestDatabase, world: SealedWorld): Promise<unknown> {
  const text = snapshotBy(runOrder(database));
  const snapshot = { name: "snapshot", text, values: [PEOPLE, world.keys, DEVICES] };
  const [row] = await readCopies<{ tables: unknown }>(
    database,
    snapshot,
    (table) => !KEPT.includes(table),
  );
  return row?.tables;
}

/** What the model says that the tables hold. */
export function tablesOf({ books, syncs }: Model): unknown {
  const { entries, books: pendingBooks } = books.queue;
  return {
    directory: orNull(
      [...books.directory]
        .sort(byPlace)
        .map(([number, entry]) => [
          number,
          entry.user,
          entry.user === null ? null : entry.verified,
        ]),
    ),
    contacts: orNull(
      books.all.flatMap((book, owner) =>
        [...book].sort(byPlace).map(([number, contact]) => [
          owner,
          number,
          contact.link,
          contact.given,
          contact.favorite,
          contact.interaction,
          orNull(
            sorted(
              books
                .holders(owner)
                .of(number)
                .map((device) => device ?? -1),
            ),
          ),
        ]),
      ),
    ),
    kept: orNull(
      books.kept.flatMap((kept, owner) =>
        [...kept]
          .sort(byPlace)
          .map(([number, { favorite, interaction }]) => [owner, number, favorite, interaction]),
      ),
    ),
    sessions: orNull(
      syncs.sessions.flatMap((devices, owner) =>
        sorted([...devices]).map((device) => [owner, device]),
      ),
    ),
    pending: orNull(
      sorted(entries.flatMap(({ number, owner }) => (owner === null ? [number] : []))),
    ),
    // How often each is in the queue depends on the chunks in which things came.
    pendingOfOwners: distinct(
      entries.flatMap(({ number, owner }) => (owner === null ? [] : [[number, owner]])),
    ),
    pendingBooks: distinct(pendingBooks.map(({ person, areGiven }) => [person, areGiven])),
    status: books.all.map((book, owner) => {
      const last = syncs.lastSync[owner];
      const error = syncs.lastError[owner] ?? null;
      const outcome = error === null ? (last ? "completed" : "never_synced") : "failed";
      const fields = [last?.mode, syncs.deviceCount[owner], last?.synced, last?.matched];
      const known = fields.map((field) => field ?? null);
      return [book.size, outcome, ...known, error, syncs.staged[owner]];
    }),
    runs: orNull(
      syncs.runs.map(({ owner, status, mode, deviceCount, error, ...counts }) => [
        owner,
        status,
        mode,
        deviceCount,
        ...countsOf(counts),
        error,
      ]),
    ),
    folded: [
      syncs.folded.length,
      syncs.folded.filter(({ status }) => status === "completed").length,
      syncs.folded.filter(({ status }) => status === "failed").length,
      ...[0, 1, 2, 3, 4, 5].map((field) =>
        syncs.folded.reduce((sum, run) => sum + (countsOf(run)[field] ?? 0), 0),
      ),
    ],
  };
}

function countsOf(
  run: Pick<Run, "synced" | "inserted" | "updated" | "unchanged" | "removed" | "matched">,
): number[] {
  return [run.synced, run.inserted, run.updated, run.unchanged, run.removed, run.matched];
}

const byPlace = ([one]: [number, unknown], [other]: [number, unknown]) => one - other;

const sorted = (places: readonly number[]) => places.toSorted((one, other) => one - other);

/** As a set, in the order of jsonb. */
function distinct(rows: (number | boolean | null)[][]): unknown {
  const rank = (value: number | boolean | null) => (value === null ? -1 : Number(value));
  const compare = (one: (typeof rows)[number], other: (typeof rows)[number]) =>
    one
      .map((value, place) => rank(value) - rank(other[place] ?? null))
      .find((difference) => difference !== 0) ?? 0;
  const texts = new Set(rows.map((row) => JSON.stringify(row)));
  return orNull([...texts].map((text) => JSON.parse(text)).sort(compare));
}

/** An aggregate over no rows. */
function orNull<T>(rows: T[]): T[] | null {
  return rows.length === 0 ? null : rows;
}
