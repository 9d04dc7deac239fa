import { beforeAll, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { untilBlocked } from "../interleavings/session.ts";
import { describeCitus, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { newPhones, newUser } from "../support/sql.ts";
import { act, newWorld, quiet, wrong } from "./crowd.ts";
import { ownerOn } from "./nodes.ts";

// Promise 6 (docs/architecture.md) where owners, directory and linker are on several nodes: syncs
// that run whole on their owner's node and syncs that are a transaction's part, against everything
// that changes what they read.

const CONNECTIONS = 6;
const CALLS = 8;
const ROUNDS = runs(15);
const TIME_LIMIT_MS = 120_000 + ROUNDS * 20_000;

/** Everybody at once in a world of their own, then silence. */
async function race(database: TestDatabase): Promise<unknown[]> {
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => database.pool.connect()),
  );
  try {
    const world = newWorld();
    const workers = clients.map(async (client) => {
      for (let calls = 0; calls < CALLS; calls += 1) await act(client, world);
    });
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    await quiet(database);
    return await wrong(database);
  } finally {
    for (const client of clients) client.release();
  }
}

/**
 * Stops a sync on its owner's node when it has read the directory: an uncommitted row of somebody
 * else bears the key of a row that it is to write. Meanwhile its other number is linked.
 *
 * @returns what the linker says of it, and how the sync goes on: whether it ends with the link
 */
async function linkDuringSync(database: TestDatabase, owner: string) {
  const [obstacle, device] = [await database.pool.connect(), await database.pool.connect()];
  const [linked, other] = newPhones(2) as [string, string];
  await obstacle.query("begin");
  await obstacle.query("insert into contacts_with_accounts (owner_id, phone_key) values ($1, $2)", [
    owner,
    other,
  ]);
  const sync = device.query("select * from sync_phone_keys($1, $2::uuid[], 2, 1)", [
    owner,
    [linked, other],
  ]);
  await untilBlocked(database);
  const user = newUser();
  await database.pool.query("select link_phone($1, $2)", [linked, user]);
  const { rows } = await database.pool.query("select * from link_pending_phones()");
  return {
    pass: rows[0],
    async end(): Promise<boolean> {
      await obstacle.query("rollback");
      await sync;
      await quiet(database);
      for (const client of [obstacle, device]) client.release();
      const stored = await database.pool.query(
        "select linked_user_id from contacts_with_accounts where owner_id = $1 and phone_key = $2",
        [owner, linked],
      );
      return stored.rows[0].linked_user_id === user;
    },
  };
}

describeCitus("a race on a cluster", (server) => {
  const database = useDatabase(server);
  beforeAll(async () => {
    await database().pool.query("select use_unsealed()");
  });

  test(
    "ends with every link and count right",
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) expect(await race(database())).toEqual([]);
    },
    TIME_LIMIT_MS,
  );

  test("has the linker wait for a sync that runs on another node", async () => {
    for (const node of database().nodes.slice(1)) {
      const { pass, end } = await linkDuringSync(database(), await ownerOn(database(), node));
      expect(pass).toMatchObject({ contacts_changed: 0, entries_finished: 0 });
      expect(await end()).toBe(true);
    }
  });

  // So the tests above would tell if somebody's fence were forgotten.
  test("misses links where only the coordinator's fence counts", async () => {
    const broken = await server.createDatabase();
    await broken.pool.query("select use_unsealed()");
    await broken.pool.query(
      `create or replace function contact_sync_fence_holders() returns bigint[]
       language plpgsql volatile
       set search_path from current
       as $$ begin return contact_sync_node_fence_holders(null::text); end $$`,
    );
    const [, worker] = broken.nodes as [string, string];
    const { pass, end } = await linkDuringSync(broken, await ownerOn(broken, worker));
    expect(pass).toMatchObject({ entries_finished: 1, entries_waiting: 0 });
    expect(await end()).toBe(false);
    expect(await wrong(broken)).toHaveLength(1);
  });
});
