import type pg from "pg";
import { WRONG_CONTACTS } from "../changes/operations.ts";
import { readCopies } from "../support/copies.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { asKey, newPhones, newUser } from "../support/sql.ts";
import { until } from "../support/until.ts";

// Whoever works at once on a cluster: few people, who are owners and users, with few numbers.

export interface World {
  readonly people: readonly string[];
  readonly numbers: readonly string[];
}

export function newWorld(people = 6, numbers = 6): World {
  return { people: Array.from({ length: people }, newUser), numbers: newPhones(numbers) };
}

type Statement = readonly [text: string, values: readonly unknown[]];

/** What PostgreSQL or we refuse of it, as they should. */
const REFUSALS = new Set(["40P01", "YC006", "YC008"]);

function any<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}

const some = <T>(values: readonly T[]): T[] => values.filter(() => Math.random() < 0.5);
const SYNC = "select * from sync_phone_keys($1, $2::uuid[], 20, 3, $3, true)";

/** A sync of one owner, which runs on the owner's node where it is a statement of its own. */
function aSync({ people, numbers }: World): Statement {
  return [SYNC, [any(people), some(numbers), any(["merge", "replace"])]];
}

/** Any change of the directory. */
function aChange({ people, numbers }: World): Statement {
  return any([
    ["select link_phone($1, $2)", [any(numbers), any(people)]],
    ["select link_phone($1, $2)", [any(numbers), any(people)]],
    ["select unlink_phone($1)", [any(numbers)]],
  ]);
}

const CHOICES = ["everybody", "everybody", "mutual", "nobody", null];

/** Any call of those that make links, change what they should be, or take them away. */
export function aCall(world: World): Statement {
  const { people, numbers } = world;
  const person = any(people);
  const other = any(people.filter((one) => one !== person));
  const draw = Math.random();
  if (draw < 0.35) return aSync(world);
  if (draw < 0.6) return aChange(world);
  if (draw < 0.75) return ["select * from link_pending_phones()", []];
  if (draw < 0.81) return ["select set_discoverability($1, $2)", [person, any(CHOICES)]];
  if (draw < 0.85) return ["select block_user($1, $2)", [person, other]];
  if (draw < 0.89) return ["select unblock_user($1, $2)", [person, other]];
  if (draw < 0.92) return ["select * from erase_user($1)", [person]];
  if (draw < 0.96) {
    return ["select * from delete_contacts($1, $2::uuid[])", [person, some(numbers).map(asKey)]];
  }
  const items = some(people).map((owner_id) => ({ owner_id, phone_hash: any(numbers) }));
  return ["select * from bulk_insert_contacts($1)", [JSON.stringify(items)]];
}

/**
 * Does a call: as one statement, or in a transaction that goes on for a while and may take in the
 * next call.
 *
 * @returns the code of what was refused as it should be
 */
export async function act(
  client: pg.ClientBase,
  world: World,
  call: (world: World) => Statement = aCall,
): Promise<string | undefined> {
  const ask = async () => {
    const [text, values] = call(world);
    await client.query(text, [...values]);
  };
  if (Math.random() < 0.5) return ask().then(() => undefined, refused);
  try {
    await client.query("begin");
    await ask();
    if (Math.random() < 0.3) await ask();
    await client.query("select pg_sleep($1)", [Math.random() * 0.03]);
    await client.query(Math.random() < 0.85 ? "commit" : "rollback");
    return undefined;
  } catch (error) {
    await client.query("rollback");
    return refused(error);
  }
}

function refused(error: unknown): string {
  const { code = "" } = error as { code?: string };
  if (!REFUSALS.has(code)) throw error;
  return code;
}

/** What waits in the linker's queues, for what, and who is there that it may wait for. */
const WAITING = [
  "select 'link', entry_id, owner_id, fence_holders, now() - enqueued_at as age from contact_sync_pending_links",
  "select 'book', entry_id, person_id, fence_holders, now() - enqueued_at as age from contact_sync_pending_books",
  "select 'erasure', fence_holders, now() - erased_at as age from contact_sync_erasures where not is_settled",
  "select contact_sync_fence_holders() as behind_the_fence",
  "select contact_sync_running_transactions() as running",
];

/** The linker until nothing waits; what waits for ever is told. */
export async function quiet({ pool }: Pick<TestDatabase, "pool">): Promise<void> {
  await until("no entry of the linker's queue waits", async () => {
    const { rows } = await pool.query("select * from link_pending_phones()");
    return rows[0].entries_waiting === 0;
  }).catch(async (error: unknown) => {
    const found: unknown[] = [];
    for (const text of WAITING) found.push(...(await pool.query(text)).rows);
    throw new Error(`Still waiting: ${JSON.stringify(found)}`, { cause: error });
  });
}

/** Links that are not what the directory says (promise 6 (docs/architecture.md)), and counts that are not the books'. */
export async function wrong(database: TestDatabase): Promise<unknown[]> {
  const isAsked = (table: string) => WRONG_CONTACTS.includes(table);
  const links = await readCopies(database, { text: WRONG_CONTACTS }, isAsked);
  const { rows: counts } = await database.pool.query(
    `select owner_id, s.contacts_count, c.stored
       from (select owner_id, count(*) as stored from contacts_with_accounts group by owner_id) c
       full join contact_sync_status s using (owner_id)
      where s.contacts_count is distinct from coalesce(c.stored, 0)`,
  );
  return [...links, ...counts];
}
