import type pg from "pg";
import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { type ContactsWithAccounts, createContactSync } from "../../src/index.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { finishLinks, sync } from "./calls.ts";
import { type Session, someone, somePhones, useSessions } from "./session.ts";

// Everything at once on few owners and few numbers, then silence, then the books are checked.

const WORKERS = 5;
const CALLS = runs(40);

/** What a caller has to expect of correct calls; of killed connections also the last one. */
const DOCUMENTED = [
  "REPLACE_NEEDS_CONFIRMATION",
  "STREAM_INCOMPLETE", // its owner was erased in the middle
  "VERIFICATION_OUTDATED",
  "CONTACT_NOT_FOUND",
];
const WHEN_KILLED = [...DOCUMENTED, "DATABASE_UNAVAILABLE"];

const OWNERS = Array.from({ length: 4 }, someone);
const USERS = [...OWNERS, someone(), someone()];
const HASHES = somePhones(12);

describePostgres("everything at once", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  const openWorker = () =>
    createContactSync({
      database: { connectionString: database().connectionString, max: 1 } as pg.PoolConfig,
      key: TEST_KEY,
    });

  for (const [name, isKilling, allowed] of [
    ["ends with every link and count right", false, DOCUMENTED],
    ["and connections that die end with every link and count right", true, WHEN_KILLED],
  ] as const) {
    test(name, async () => {
      let working = WORKERS;
      const keys = await phoneKeys(database());
      const refusals = new Map<string, number>();

      const engines = await Promise.all(Array.from({ length: WORKERS }, openWorker));
      // Killing, until a call was hit.
      const mustGoOn = () => isKilling && !refusals.has("DATABASE_UNAVAILABLE");
      const workers = engines.map(async (contactSync) => {
        for (let calls = 0; calls < CALLS || mustGoOn(); calls += 1) {
          await something(contactSync).catch(({ code }: { code: string }) => {
            refusals.set(code, (refusals.get(code) ?? 0) + 1);
          });
        }
        working -= 1;
        await contactSync.close();
      });
      const isOver = () => working === 0;
      // Devices that are slow to commit: what they have read is old by then.
      const devices = [await open(), await open()].map(async (session) => {
        while (!isOver()) await slowSync(session, keys);
      });
      const killer = isKilling ? killUntil(isOver, await open()) : undefined;
      await Promise.all([...workers, ...devices, killer]);

      expect([...refusals.keys()].filter((code) => !allowed.includes(code))).toEqual([]);
      const linker = await open();
      await finishLinks(linker);
      await expectRight(linker);
    });
  }
});

function any<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}

function some<T>(values: readonly T[]): T[] {
  return values.filter(() => Math.random() < 0.5);
}

function something(contactSync: ContactsWithAccounts): Promise<unknown> {
  const owner = any(OWNERS);
  const hashes = some(HASHES);
  const mode = any(["merge", "replace"] as const);
  const options = { mode, confirmRemoval: Math.random() < 0.8, batchSize: 3 };
  return any([
    () => contactSync.syncPhoneHashes(owner, hashes, hashes.length, options),
    () => contactSync.syncPhoneHashes(owner, streamOf(hashes), hashes.length, options),
    () =>
      contactSync.bulkInsertContacts(some(OWNERS).flatMap((each) => itemsOf(each, some(hashes)))),
    () => contactSync.link(any(USERS), any(HASHES)),
    () =>
      contactSync.linkMany(some(HASHES).map((phoneHash) => ({ phoneHash, userId: any(USERS) }))),
    () => contactSync.unlink(some(HASHES).slice(0, 3)),
    () => contactSync.setFavorite(owner, any(HASHES), Math.random() < 0.5),
    () => contactSync.recordInteraction(owner, any(HASHES)),
    () => contactSync.deleteContacts(owner, hashes.slice(0, 2)),
    () => contactSync.eraseUser(any(USERS)),
    () => contactSync.linkPendingPhones(),
  ])();
}

/** Links are given only by some: the others leave the lookup to the directory. */
function itemsOf(owner_id: string, hashes: readonly string[]) {
  return hashes.map((phone_hash) => ({
    owner_id,
    phone_hash,
    is_favorite: any([true, false, null]),
    linked_user_id: any([any(USERS), null, null]),
  }));
}

/** Half of them for new owners, whose rows the linker can't see before they commit. */
async function slowSync(session: Session, keys: readonly string[]): Promise<void> {
  await session.begin();
  await sync(session, any([any(OWNERS), someone()]), some(keys));
  await session.rows("select pg_sleep($1)", [Math.random() * 0.04]);
  await (Math.random() < 0.9 ? session.commit() : session.rollback());
}

/** Kills workers' connections in the middle of a call; the devices' transactions are spared. */
async function killUntil(isOver: () => boolean, session: Session): Promise<void> {
  while (!isOver()) {
    await session.rows(
      `select pg_sleep(0.02), pg_terminate_backend(pid)
         from pg_stat_activity
        where datname = current_database() and state = 'active'
          and query like 'select * from "public".%'
        order by random()
        limit 1`,
    );
  }
}

/** The stress's numbers as the database knows them. */
async function phoneKeys(database: TestDatabase): Promise<string[]> {
  const contactSync = await openContactSync(database);
  const scratch = someone();
  await contactSync.syncPhoneHashes(scratch, HASHES, HASHES.length);
  const { rows } = await database.pool.query<{ key: string }>(
    "select replace(phone_key::text, '-', '') as key from contacts_with_accounts where owner_id = $1",
    [scratch],
  );
  await contactSync.eraseUser(scratch);
  return rows.map(({ key }) => key);
}

async function expectRight(session: Session): Promise<void> {
  const wrongLinks = await session.rows(
    `select c.owner_id, c.linked_user_id as stored, d.linked_user_id as directory, c.link_given
       from contacts_with_accounts c
       left join phones d on d.phone_key = c.phone_key
      where case
              when d.phone_key is null then not c.link_given and c.linked_user_id is not null
              else c.link_given or c.linked_user_id is distinct from nullif(d.linked_user_id, c.owner_id)
            end`,
  );
  expect(wrongLinks).toEqual([]);
  const wrongCounts = await session.rows(
    `select owner_id, s.contacts_count, c.stored
       from (select owner_id, count(*) as stored from contacts_with_accounts group by owner_id) c
       full join contact_sync_status s using (owner_id)
      where s.contacts_count is distinct from coalesce(c.stored, 0)`,
  );
  expect(wrongCounts).toEqual([]);
}

async function* streamOf<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}
