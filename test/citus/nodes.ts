import { exec } from "node:child_process";
import { promisify } from "node:util";
import { someone } from "../interleavings/session.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { until } from "../support/until.ts";

const { CONTACT_SYNC_TEST_CITUS_STOP: STOP = "", CONTACT_SYNC_TEST_CITUS_START: START = "" } =
  process.env;

/** Why nothing can be killed; undefined where it can. */
export const CANNOT_KILL =
  STOP === "" || START === ""
    ? "CONTACT_SYNC_TEST_CITUS_STOP and CONTACT_SYNC_TEST_CITUS_START name no commands"
    : undefined;

/** Ends a node as a power cut does. */
export const stopNode = (node: string): Promise<void> => run(STOP, node);

/** Starts it again, and waits until it is there. */
export async function startNode(node: string): Promise<void> {
  await run(START, node);
  await until("the node takes connections", () =>
    query(node, "select 1").then(
      () => true,
      () => false,
    ),
  );
}

async function run(command: string, node: string): Promise<void> {
  const { host, port } = addressOf(node);
  await promisify(exec)(`${command} ${host} ${port}`);
}

function addressOf(node: string): { host: string; port: string } {
  const given = new URLSearchParams(node.slice(node.indexOf("?")));
  return { host: given.get("host") as string, port: given.get("port") as string };
}

/** An owner whose rows lie, or would lie, on a node: one of `database.nodes`. */
export async function ownerOn(database: TestDatabase, node: string): Promise<string> {
  for (;;) {
    const owner = someone();
    const { rows } = await database.pool.query<{ port: number }>(
      `select n.nodeport as port
         from pg_dist_placement p join pg_dist_node n using (groupid)
        where p.shardid = get_shard_id_for_distribution_column('contact_sync_status', $1::uuid)`,
      [owner],
    );
    if (String(rows[0]?.port) === addressOf(node).port) return owner;
  }
}

/** What a killed node has left between PREPARE and COMMIT is ended, as the cluster's upkeep does. */
export async function recover(database: TestDatabase): Promise<void> {
  await until("no transaction is left prepared", async () => {
    await query(database.superuserConnectionString, "select recover_prepared_transactions()");
    const left = await Promise.all(
      database.nodes.map((node) =>
        query(node, "select from pg_prepared_xacts where database = current_database()"),
      ),
    );
    return left.flat().length === 0;
  });
}
