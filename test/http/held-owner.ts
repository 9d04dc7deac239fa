import pg from "pg";
import { untilBlocked } from "../interleavings/session.ts";
import type { TestDatabase } from "../support/postgres.ts";

export interface HeldOwner {
  /** Resolves once that many connections wait for the owner. */
  untilAwaited(): Promise<void>;
  /** Lets go; whoever waits goes on. */
  release(): Promise<void>;
}

/** Holds the lock that every write into an owner's book takes first: such writes wait. */
export async function holdOwner(database: TestDatabase, ownerId: string): Promise<HeldOwner> {
  const client = new pg.Client({ connectionString: database.connectionString });
  client.on("error", () => {});
  await client.connect();
  await client.query("begin");
  await client.query(
    "insert into contact_sync_status (owner_id) values ($1) on conflict do nothing",
    [ownerId],
  );
  await client.query("select from contact_sync_status where owner_id = $1 for update", [ownerId]);
  return {
    untilAwaited: async () => {
      await untilBlocked(database);
    },
    async release() {
      await client.query("rollback");
      await client.end();
    },
  };
}
