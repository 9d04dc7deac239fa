import fc from "fast-check";
import { asKey, newPhones, newUser } from "../support/sql.ts";

// What may happen to an owner's book and the directory, in a world so small that it collides.

const NUMBERS = newPhones(4);
export const [OWNER, OTHER, ...USERS] = Array.from({ length: 3 }, newUser) as [
  string,
  string,
  ...string[],
];
const PEOPLE = [OWNER, OTHER, ...USERS];
const DEVICES = ["phone", "tablet", "web"];

const number = fc.integer({ min: 0, max: NUMBERS.length - 1 });
const person = fc.integer({ min: 0, max: PEOPLE.length - 1 });
const numbers = fc.uniqueArray(number, { maxLength: NUMBERS.length });

/** What may happen, and when whoever follows asks. */
export const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      number,
      person,
      announce: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("unlink" as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("erase" as const), person }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), most: fc.constantFrom(1, 2, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("merge" as const), numbers }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("replace" as const), numbers }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("device" as const),
      device: fc.constantFrom(...DEVICES),
      mode: fc.constantFrom("merge", "replace"),
      numbers,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("delta" as const),
      device: fc.constantFrom(...DEVICES),
      added: numbers,
      removed: numbers,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("forget" as const),
      device: fc.constantFrom(...DEVICES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("bulk" as const),
      number,
      person: fc.option(person),
      favorite: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), numbers }) },
  // Who may be found by whom.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("choose" as const),
      person,
      discoverable: fc.constantFrom("everybody", "mutual", "mutual", "nobody", null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("block" as const),
      person,
      blocked: fc.constantFrom(0, 1),
      is: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("default" as const),
      discoverable: fc.constantFrom("everybody", "mutual"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("others" as const),
      person,
      numbers,
      mode: fc.constantFrom("merge", "replace"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hold" as const), is: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("vanish" as const), number, is: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("begin" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("end" as const), commits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("follow" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("poll" as const),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
);
export type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * Contacts that are not as they should be once all is quiet, by the rule of who may find whom as it
 * is written here once more.
 */
export const WRONG_CONTACTS = `
  with wanted as (
    select c.owner_id, c.phone_key, c.linked_user_id, c.link_given, s.held_at is not null as is_held,
           d.phone_key is not null and d.linked_user_id is null as is_forgotten,
           d.phone_key is not null as is_listed,
           case when d.phone_key is not null then d.linked_user_id when c.link_given then c.linked_user_id end as user_id
      from contacts_with_accounts c
      join contact_sync_status s using (owner_id)
      left join phones d using (phone_key)
  ), judged as (
    select w.*,
           case
             when w.user_id = w.owner_id then false
             when exists (select from contact_sync_blocks b
                           where b.user_id = w.user_id and b.blocked_user_id = w.owner_id) then false
             else case coalesce((select o.discoverable from contact_sync_consent o where o.user_id = w.user_id),
                                (select t.default_discoverable from contact_sync_settings t), 'everybody')
                    when 'everybody' then true
                    when 'mutual' then exists (
                      select from contacts_with_accounts m join phones p using (phone_key)
                       where m.owner_id = w.user_id and p.linked_user_id = w.owner_id)
                    else false
                  end
           end as is_visible
      from wanted w
  )
  select * from judged j
   where j.is_forgotten
      or j.linked_user_id is distinct from case when j.is_visible then j.user_id end
         and not (j.is_held and j.linked_user_id is null)
      or j.is_listed and j.link_given`;

/** What PostgreSQL or we refuse of it, as they should. */
export const REFUSALS = /^(55P03|40P01|YC006|YC030|YC031|YC008|YC009|YC001)$/;

const hashesOf = (list: number[]) => list.map((one) => NUMBERS[one] as string);

type Call = Exclude<Operation, { kind: "begin" | "end" | "follow" | "poll" }>;

interface Asked {
  query(text: string, values: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Does an operation. */
export async function perform(session: Asked, operation: Call): Promise<void> {
  if (operation.kind === "delta") return performDelta(session, operation);
  if (operation.kind === "hold" && !operation.is) return release(session);
  const [text, values] = statementOf(operation);
  await session.query(text, values);
}

async function release(session: Asked): Promise<void> {
  const { rows } = await session.query(
    "update contact_sync_status set held_at = null where owner_id = $1 and held_at is not null returning owner_id",
    [OWNER],
  );
  const released = rows.map(({ owner_id }) => owner_id);
  await session.query("select contact_sync_recheck_owners($1::uuid[])", [released]);
}

/** Of a device that the owner has: what it adds is new to it, and what it removes it has. */
async function performDelta(
  session: Asked,
  { device, added, removed }: Extract<Call, { kind: "delta" }>,
): Promise<void> {
  // On its own, as a function of ours is no part of a statement about an owner on a cluster.
  const { rows } = await session.query(
    `select d.sync_mark, array_agg(c.phone_key::text) filter (where c.held_by & (1 << d.slot) <> 0) as held
       from contact_sync_devices d
       left join contacts_with_accounts c on c.owner_id = d.owner_id
      where d.owner_id = $1 and d.device_id = $2
      group by d.sync_mark`,
    [OWNER, device],
  );
  const [found] = rows as { sync_mark: string; held: string[] | null }[];
  if (found === undefined) return;
  const held = new Set(found.held);
  const keysOf = (list: number[]) => hashesOf(list).map(asKey);
  await session.query(
    "select sync_phone_keys_delta($1, $2, $3, $4::uuid[], $5::uuid[], '1.0.0..c', true)",
    [
      OWNER,
      device,
      found.sync_mark,
      keysOf(added).filter((key) => !held.has(key)),
      keysOf(removed).filter((key) => held.has(key)),
    ],
  );
}

function statementOf(operation: Exclude<Call, { kind: "delta" }>): [string, unknown[]] {
  switch (operation.kind) {
    case "link":
      return [
        "select link_phone($1, $2, null, $3)",
        [NUMBERS[operation.number], PEOPLE[operation.person], operation.announce],
      ];
    case "unlink":
      return ["select unlink_phone($1)", [NUMBERS[operation.number]]];
    case "erase":
      // Not the owner, whom everybody follows.
      return [
        "select erase_user($1)",
        [PEOPLE[operation.person] === OWNER ? OTHER : PEOPLE[operation.person]],
      ];
    case "pass":
      return ["select contact_sync_link_pass(null, $1)", [operation.most]];
    case "merge":
    case "replace":
      return [
        "select sync_phone_keys($1, $2::uuid[], 8, 3, $3, true)",
        [OWNER, hashesOf(operation.numbers), operation.kind],
      ];
    case "device":
      return [
        "select sync_phone_keys($1, $2::uuid[], 8, 3, $3, true, true, $4)",
        [OWNER, hashesOf(operation.numbers), operation.mode, operation.device],
      ];
    case "forget":
      return ["select forget_sync_device($1, $2)", [OWNER, operation.device]];
    case "bulk":
      return [
        "select bulk_insert_contacts($1)",
        [
          JSON.stringify([
            {
              owner_id: OWNER,
              phone_hash: NUMBERS[operation.number],
              is_favorite: operation.favorite,
              linked_user_id: operation.person === null ? null : PEOPLE[operation.person],
            },
          ]),
        ],
      ];
    case "delete":
      return [
        "select delete_contacts($1, $2::uuid[])",
        [OWNER, hashesOf(operation.numbers).map(asKey)],
      ];
    case "choose":
      return [
        "select set_discoverability($1, $2)",
        [PEOPLE[operation.person], operation.discoverable],
      ];
    case "block":
      return [
        `select ${operation.is ? "block" : "unblock"}_user($1, $2)`,
        [PEOPLE[operation.person], PEOPLE[operation.blocked]],
      ];
    case "default":
      return ["select set_default_discoverability($1)", [operation.discoverable]];
    case "others":
      return [
        "select sync_phone_keys($1, $2::uuid[], 8, 3, $3, true)",
        [PEOPLE[operation.person], hashesOf(operation.numbers), operation.mode],
      ];
    case "hold":
      return ["update contact_sync_status set held_at = now() where owner_id = $1", [OWNER]];
    case "vanish":
      return operation.is
        ? [
            `with forgotten as (
               insert into phones (phone_key, linked_user_id, verified_at) values ($1, null, now())
                   on conflict do nothing returning phone_key)
             insert into contact_sync_pending_links (phone_key) select f.phone_key from forgotten f`,
            [NUMBERS[operation.number]],
          ]
        : [
            "delete from phones where phone_key = $1 and linked_user_id is null",
            [NUMBERS[operation.number]],
          ];
  }
}
