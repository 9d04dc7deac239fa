import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { openApp } from "../http/support.ts";
import { finishLinks, link, onlyLink, runLinker, sync } from "../interleavings/calls.ts";
import { aPhone, type Session, someone } from "../interleavings/session.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describeCitus, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { newPhones } from "../support/sql.ts";
import { until } from "../support/until.ts";
import { numbers, refusal } from "../support/use-contact-sync.ts";
import { aCall, act, newWorld, quiet, wrong } from "./crowd.ts";
import { CANNOT_KILL, ownerOn, recover, startNode, stopNode } from "./nodes.ts";

const UNAVAILABLE = "DATABASE_UNAVAILABLE";
const SETTINGS = ["citus.recover_2pc_interval", "synchronous_commit", "synchronous_standby_names"];
const WAITING = { contacts_changed: 0, entries_finished: 0 };

// All databases of the cluster lose the node: nothing else may run on it.
describeCitus("a node of a cluster", (server) => {
  const database = useDatabase(server);
  /** On whichever connection is good: those to a killed node are not. */
  const anySession: Session = {
    pid: 0,
    rows: async (text, values = []) => (await database().pool.query(text, values)).rows,
    async call(name, ...values) {
      const places = values.map((_, index) => `$${index + 1}`).join(", ");
      const { rows } = await database().pool.query(`select * from ${name}(${places})`, values);
      return rows[0];
    },
    begin: () => Promise.reject(new Error("a transaction needs a connection of its own")),
    commit: () => Promise.reject(new Error("there is no transaction")),
    rollback: () => Promise.reject(new Error("there is no transaction")),
  };
  const stopped = new Set<string>();
  const workers = () => database().nodes.slice(1) as [string, string];

  beforeEach(({ skip }) => skip(CANNOT_KILL !== undefined, CANNOT_KILL));
  afterEach(async () => {
    for (const node of stopped) await start(node);
    if (CANNOT_KILL !== undefined) return;
    for (const node of database().nodes) {
      for (const setting of SETTINGS) await query(node, `alter system reset ${setting}`);
      await query(node, "select pg_reload_conf()");
    }
  });

  async function stop(node: string): Promise<void> {
    stopped.add(node);
    await stopNode(node);
  }

  async function start(node: string): Promise<void> {
    await startNode(node);
    stopped.delete(node);
  }

  /** What every node has a copy of, as the nodes that are there show it, and what is prepared. */
  const copies = (nodes: readonly string[]) =>
    Promise.all(
      nodes.map((node) =>
        query(
          node,
          `select (select json_agg(d order by d.phone_key) from phones d) as directory,
                  (select json_agg(q order by q.entry_id) from contact_sync_pending_links q) as entries,
                  (select json_agg(b order by b.entry_id) from contact_sync_pending_books b) as books,
                  (select json_agg(c order by c.user_id) from contact_sync_consent c) as choices,
                  (select json_agg(b order by b.user_id) from contact_sync_blocks b) as blocks,
                  (select json_agg(e order by e.user_digest) from contact_sync_erasures e) as erasures,
                  (select count(*) from pg_prepared_xacts where database = current_database()) as prepared`,
        ),
      ),
    );

  test("that is away is away for its owners, and what all nodes have to know is refused whole", async () => {
    const contactSync = await openContactSync(database());
    const app = await openApp(database());
    const [away, other] = workers();
    const [absent, present] = [await ownerOn(database(), away), await ownerOn(database(), other)];
    const mutual = await ownerOn(database(), other);
    const [hash, another, late] = newPhones(3) as [string, string, string];
    const sync = (owner: string) => contactSync.syncPhoneHashes(owner, [hash], 1);
    for (const owner of [absent, present]) await sync(owner);
    await contactSync.link(present, hash);
    await contactSync.setDiscoverability(mutual, "mutual");
    await quiet(database());
    // Left to the linker.
    await contactSync.linkMany([{ userId: someone(), phoneHash: late }], { backfill: false });

    await stop(away);
    try {
      const there = [database().superuserConnectionString, other];
      const before = await copies(there);
      await refusal(sync(absent), UNAVAILABLE);
      const answer = await app.request({
        method: "POST",
        url: "/api/v1/contacts/sync",
        token: await app.userToken(absent),
        body: { phoneNumbers: numbers(1), deviceContactsCount: 1 },
      });
      expect(answer.json()).toMatchObject({ status: 503, code: UNAVAILABLE });
      expect(await sync(present)).toMatchObject({ contacts_unchanged: 1 });
      expect(await contactSync.syncPhoneHashes(present, [another], 1)).toMatchObject({
        contacts_inserted: 1,
      });
      expect((await contactSync.listContacts(present, {})).contacts).toHaveLength(2);
      const refused: Record<string, () => Promise<unknown>> = {
        link: () => contactSync.link(someone(), another),
        unlink: () => contactSync.unlink(hash),
        sync: () => contactSync.syncPhoneHashes(mutual, [hash], 1),
        choice: () => contactSync.setDiscoverability(present, "nobody"),
        block: () => contactSync.blockUser(present, absent),
        erasure: () => contactSync.eraseUser(present),
        linker: () => contactSync.linkPendingPhones(),
        insert: () => contactSync.bulkInsertContacts([{ owner_id: absent, phone_hash: another }]),
      };
      for (const [name, call] of Object.entries(refused)) {
        const outcome = await call().then(
          () => "nothing was thrown",
          (error: { code: string }) => error.code,
        );
        expect(outcome, name).toBe(UNAVAILABLE);
      }
      expect(await copies(there)).toEqual(before);
    } finally {
      await start(away);
    }

    await app.close();
    await recover(database());
    const [here, ...elsewhere] = await copies(database().nodes);
    for (const copy of elsewhere) expect(copy).toEqual(here);
    await until("its owners sync again", () =>
      sync(absent).then(
        () => true,
        () => false,
      ),
    );
    expect(await contactSync.unlink(hash)).toBe(1);
    await quiet(database());
    expect(await wrong(database())).toEqual([]);
  });

  test("that is killed again and again loses no call that succeeded, and none that is repeated", async () => {
    const killings = runs(4);
    const world = newWorld();
    let isOver = false;
    const codes = new Map<string, number>();
    const count = (code = "none") => codes.set(code, (codes.get(code) ?? 0) + 1);

    const crowd = Array.from({ length: 4 }, () =>
      withConnections(
        database(),
        () => isOver,
        count,
        (client) => act(client, world, aCall),
      ),
    );
    // Each repeats one call until it succeeds, and then makes the next.
    const books = Array.from({ length: 3 }, () => ({ owner: someone(), phones: [] as string[] }));
    const diaries = books.map(async ({ owner, phones }, place) => {
      let phone = aPhone();
      await withConnections(
        database(),
        () => isOver,
        count,
        async (client) => {
          const isWhole = place === 0;
          if (!isWhole) await client.query("begin");
          await client.query("select * from sync_phone_keys($1, $2::uuid[], 1, 500)", [
            owner,
            [phone],
          ]);
          if (place === 2) await client.query("select link_phone($1, $2)", [phone, owner]);
          if (!isWhole) await client.query("commit");
          phones.push(phone);
          phone = aPhone();
        },
      );
    });

    for (let killing = 0; killing < killings; killing += 1) {
      const node = workers()[killing % 2] as string;
      const [before] = books.map(({ phones }) => phones.length) as [number];
      await until("calls succeed", () => (books[0]?.phones.length ?? 0) > before + 5);
      await stop(node);
      await delay(Math.random() * 300);
      await start(node);
    }
    isOver = true;
    await Promise.all([...crowd, ...diaries]);

    console.log(Object.fromEntries(codes));
    await recover(database());
    await quiet(database());
    expect(await wrong(database())).toEqual([]);
    for (const { owner, phones } of books) {
      const { rows } = await database().pool.query<{ phone: string }>(
        "select replace(phone_key::text, '-', '') as phone from contacts_with_accounts where owner_id = $1",
        [owner],
      );
      // One may have been stored whose answer was lost, and which there was no time to repeat.
      const stored = new Set(rows.map(({ phone }) => phone));
      expect(phones.filter((phone) => !stored.has(phone))).toEqual([]);
      expect(stored.size - phones.length).toBeLessThanOrEqual(1);
    }
  });

  for (const [when, place, isStored] of [
    ["before it has decided", 2, false],
    ["after it has decided", 0, true],
  ] as const) {
    test(`leaves prepared transactions when the coordinator is killed ${when}, for which the linker waits`, async () => {
      const [coordinator] = database().nodes as [string];
      // The upkeep would end them at once.
      await query(coordinator, "alter system set citus.recover_2pc_interval = -1");
      await query(coordinator, "select pg_reload_conf()");
      const owners = [
        await ownerOn(database(), workers()[0]),
        await ownerOn(database(), workers()[1]),
      ];
      const [phone, alice] = [aPhone(), someone()];
      const device = new pg.Client({ connectionString: database().connectionString });
      device.on("error", () => {});
      await device.connect();
      await device.query("begin");
      for (const owner of owners) {
        await device.query("select * from sync_phone_keys($1, $2::uuid[], 1, 500)", [
          owner,
          [phone],
        ]);
      }
      // Whoever commits on this node, or prepares a transaction, waits for a standby, once it is
      // written.
      const held = database().nodes[place] as string;
      await query(held, "alter system set synchronous_commit = on");
      await query(held, "alter system set synchronous_standby_names = 'nobody'");
      await query(held, "select pg_reload_conf()");
      const lost = expect(device.query("commit")).rejects.toThrow();
      await until("it is in between", async () => {
        const waiting = await query(
          held,
          "select from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'",
        );
        return waiting.length > 0;
      });
      await stop(coordinator);
      await lost;
      await query(held, "select 1").catch(() => {});
      if (held === coordinator) await start(coordinator);
      await query(held, "alter system reset synchronous_standby_names");
      await query(held, "select pg_reload_conf()");
      if (held !== coordinator) await start(coordinator);

      const prepared = () =>
        Promise.all(
          workers().map((node) =>
            query(node, "select from pg_prepared_xacts where database = current_database()"),
          ),
        );
      await until("both nodes have theirs", async () => {
        const each = await prepared();
        return each.every((left) => left.length === 1);
      });
      const linker = anySession;
      await until("the coordinator takes writes", () =>
        quiet(database()).then(
          () => true,
          () => false,
        ),
      );
      await link(linker, phone, alice);
      expect(await runLinker(linker)).toMatchObject(WAITING);
      expect(await runLinker(linker)).toMatchObject(WAITING);

      await recover(database());
      await finishLinks(linker);
      for (const owner of owners) {
        const { rows } = await database().pool.query(
          "select linked_user_id as link from contacts_with_accounts where owner_id = $1",
          [owner],
        );
        expect(rows).toEqual(isStored ? [{ link: alice }] : []);
      }
      expect(await wrong(database())).toEqual([]);
      for (const owner of owners) await sync(linker, owner, [phone]);
      for (const owner of owners) expect(await onlyLink(linker, owner)).toBe(alice);
    });
  }
});

const LOST = /^(08|57|XX000|53|55000|58)|^E[A-Z]+$/;

/** Works until it is over, on a new connection each time that one is lost or refused. */
async function withConnections(
  database: TestDatabase,
  isOver: () => boolean,
  count: (code?: string) => void,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  while (!isOver()) {
    const client = new pg.Client({ connectionString: database.connectionString });
    client.on("error", () => {});
    try {
      await client.connect();
      while (!isOver()) await work(client);
    } catch (error) {
      const { code = "", message } = error as { code?: string; message: string };
      if (!LOST.test(code) && code !== "40P01" && !/terminated|not queryable/.test(message))
        throw error;
      count(`${code} ${message.slice(0, 60)}`);
      await delay(20);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
