import pg from "pg";
import { withSuperuser } from "./superuser.ts";
import type { Node, TestServer } from "./test-server.ts";

/**
 * The cluster that the suites run on. The database of the URL says which nodes it has; the tests
 * make others of their own on each of them.
 *
 * @param url of the coordinator, as a superuser who isn't `postgres`: `CONTACT_SYNC_TEST_CITUS`
 */
export async function findCluster(url: string): Promise<TestServer> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; major: number; superuser: string }>(
      `select e.extversion as version, current_setting('server_version_num')::integer / 10000 as major,
              current_user as superuser
         from pg_extension e where e.extname = 'citus'`,
    );
    const [found] = rows;
    if (found === undefined) throw new Error("CONTACT_SYNC_TEST_CITUS: no Citus in that database");
    const { rows: workers } = await client.query<Node>(
      `select nodename as host, nodeport as port
         from pg_dist_node where groupid <> 0 and isactive order by groupid`,
    );
    const { host, port } = client;
    const { major, superuser, version } = found;
    return {
      major: major as TestServer["major"],
      host,
      port,
      superuser,
      citus: { version, workers },
    };
  } finally {
    await client.end();
  }
}

/** The servers that a database lies on: of a cluster all, the coordinator first. */
export function nodesOf(server: TestServer): TestServer[] {
  const workers = server.citus?.workers ?? [];
  return [server, ...workers.map((worker) => ({ ...server, ...worker }))];
}

/** Makes a cluster of databases of one name, as long as they are empty. */
export async function joinNodes(server: TestServer, database: string): Promise<void> {
  for (const node of nodesOf(server)) {
    await withSuperuser(node, database, (client) => client.query("create extension citus"));
  }
  await withSuperuser(server, database, async (client) => {
    await client.query("select citus_set_coordinator_host($1, $2)", [server.host, server.port]);
    for (const { host, port } of server.citus?.workers ?? []) {
      await client.query("select citus_add_node($1, $2)", [host, port]);
    }
  });
}

/**
 * Lets nobody into a database on this node any more: or else the other nodes' daemons come back
 * while it is dropped. Transactions that a killed coordinator has left there, which would keep it,
 * are rolled back.
 */
export async function closeNode(node: TestServer, database: string): Promise<void> {
  await withSuperuser(node, "postgres", async (client) => {
    const { rows: left } = await client.query<{ gid: string }>(
      "select gid from pg_prepared_xacts where database = $1",
      [database],
    );
    for (const { gid } of left) {
      await withSuperuser(node, database, (inside) =>
        // The daemon may have been faster.
        inside.query(`rollback prepared ${inside.escapeLiteral(gid)}`).catch(() => {}),
      );
    }
    const { rows: found } = await client.query("select from pg_database where datname = $1", [
      database,
    ]);
    if (found.length === 0) return;
    await client.query(`alter database ${database} with allow_connections false`);
    await endSessions(client, database);
  });
}

/** Also the node's daemon, and connections that the nodes keep to one another. */
export async function endSessions(admin: pg.ClientBase, database: string): Promise<void> {
  await admin.query(
    "select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = $1",
    [database],
  );
}

/** A clone has the number that the template's database had, by which Citus knows it. */
export async function renameItself(nodes: readonly TestServer[], database: string): Promise<void> {
  await Promise.all(
    nodes.map((node) =>
      withSuperuser(node, database, (client) =>
        client.query(
          `update pg_dist_object
              set objid = (select oid from pg_database where datname = current_database())
            where classid = 'pg_database'::regclass`,
        ),
      ),
    ),
  );
}
