import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { describeCitus, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { act, newWorld, quiet, wrong } from "./crowd.ts";

// Promise 6 (docs/architecture.md) where owners, directory and linker are on several nodes: syncs
// that run whole on their owner's node and syncs that are a transaction's part, against everything
// that changes what they read.

const CONNECTIONS = 6;
const CALLS = 8;
const ROUNDS = runs(15);

/** Everybody at once in a world of their own, then silence. */
async function race(database: TestDatabase): Promise<unknown[]> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(database)));
  try {
    const world = newWorld();
    const workers = clients.map(async (client) => {
      for (let calls = 0; calls < CALLS; calls += 1) await act(client, world);
    });
    await Promise.all(workers);
    await quiet(database);
    return await wrong(database);
  } finally {
    for (const client of clients) client.release();
  }
}

const connect = ({ pool }: TestDatabase) => pool.connect();

describeCitus("a race on a cluster", (server) => {
  const database = useDatabase(server);

  test("ends with every link and count right", async () => {
    await database().pool.query("select use_unsealed()");
    for (let round = 0; round < ROUNDS; round += 1) expect(await race(database())).toEqual([]);
  });

  test("misses links where only the coordinator's fence counts", async () => {
    const broken = await server.createDatabase();
    await broken.pool.query("select use_unsealed()");
    await broken.pool.query(
      `create or replace function contact_sync_fence_holders() returns bigint[]
       language plpgsql volatile
       set search_path from current
       as $$ begin return contact_sync_node_fence_holders(null::text); end $$`,
    );
    let found: unknown[] = [];
    while (found.length === 0) found = await race(broken);
    expect(found).not.toEqual([]);
  });
});
