import pg from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { closeNode, nodesOf, renameItself } from "./citus.ts";
import { withSuperuser } from "./superuser.ts";
import { nodesWith, prepareTemplate, type Template } from "./templates.ts";
import { type Major, startTestServer, type TestServer } from "./test-server.ts";

/** A database of a test's own. */
export interface TestDatabase {
  name: string;
  /** As the role that migrates: `postgres`, who owns the database. */
  connectionString: string;
  /** As the cluster's superuser. */
  superuserConnectionString: string;
  /** Connects as the role that migrates. */
  pool: pg.Pool;
  /** Whether it is spread over the nodes of a cluster. */
  onCitus: boolean;
  /** As the superuser of each node that it lies on, the coordinator first. */
  nodes: string[];
  /** Roles that go with it, though they belong to the server. */
  roles: string[];
  /** Drops the database, however many connections it still has. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * - `migrated` (default): roles and default privileges as on Supabase, and all our migrations;
   *   on a cluster, spread over its nodes
   * - `supabase`: the same, without our migrations; on a cluster, of its coordinator alone and
   *   without the extension
   * - `undistributed`: what `migrated` is before it is spread
   * - `plain`: an empty database on a server that has none of those roles; `postgres` is its
   *   superuser. The server starts on first use and lives as long as the test file.
   */
  template?: Template | "plain";
}

/** One of the majors that a suite runs on, or a Citus cluster. */
export interface PostgresUnderTest {
  major: Major;
  /** Whether it is a cluster, for tests which that can't run: `skip(server.onCitus, "why")`. */
  onCitus: boolean;
  createDatabase(options?: TestDatabaseOptions): Promise<TestDatabase>;
}

interface SuiteOptions {
  /** Why a cluster can't run it. */
  notOnCitus?: string;
}

/**
 * Runs a suite once on each PostgreSQL major, or on a Citus cluster; databases left over are
 * dropped after it.
 */
export function describePostgres(
  name: string,
  suite: (server: PostgresUnderTest) => void,
  { notOnCitus }: SuiteOptions = {},
): void {
  for (const { major, citus } of testServers()) {
    if (citus !== undefined && notOnCitus !== undefined) {
      describe.skip(`${name} (not on Citus: ${notOnCitus})`, () => suite(NO_SERVER));
      continue;
    }
    describe(`${name} (${citus === undefined ? `PostgreSQL ${major}` : `Citus ${citus.version}`})`, () => {
      const created: TestDatabase[] = [];
      afterAll(async () => {
        await Promise.all(created.map((database) => database.drop()));
        // Roles belong to a server: the next suite finds none of this one's.
        plainServers.delete(major);
      });
      suite({
        major,
        onCitus: citus !== undefined,
        async createDatabase(options) {
          const database = await createTestDatabase(major, options);
          created.push(database);
          return database;
        },
      });
    });
  }
}

/** A suite about what only a cluster does. */
export function describeCitus(name: string, suite: (server: PostgresUnderTest) => void): void {
  if (testServers().some(({ citus }) => citus !== undefined)) describePostgres(name, suite);
  else describe.skip(`${name} (CONTACT_SYNC_TEST_CITUS names no cluster)`, () => suite(NO_SERVER));
}

// Of a suite that is skipped, which asks for none.
const NO_SERVER = {} as PostgresUnderTest;

/** For a test of our own process, to which one major is as good as another. */
export function newestMajor(): Major {
  return Math.max(...testServers().map(({ major }) => major)) as Major;
}

function testServers(): TestServer[] {
  const servers: TestServer[] | undefined = inject("testServers");
  if (servers === undefined) {
    throw new Error(
      "There is no server for a unit test: see test/support/projects.ts for where its file belongs.",
    );
  }
  return servers;
}

/**
 * A database for all tests of the suite around the call. The getter is valid inside of tests.
 */
export function useDatabase(
  server: PostgresUnderTest,
  options?: TestDatabaseOptions,
): () => TestDatabase {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await server.createDatabase(options);
  });
  return () => {
    if (database === undefined) throw new Error("the database exists only while tests run");
    return database;
  };
}

/** Creates a database by cloning a template, which is built when it is first asked for. */
export async function createTestDatabase(
  major: Major,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const template = templateOn(major, options);
  const server = template === "plain" ? await plainServer(major) : supabaseServer(major);
  const source = template === "plain" ? "template0" : await prepareTemplate(server, template);
  const nodes = template === "plain" ? [server] : nodesWith(server, template);
  const name = `test_${process.pid}_${Date.now().toString(36)}_${nextNumber()}`;
  await Promise.all(
    nodes.map((node) =>
      withSuperuser(node, "postgres", (client) =>
        client.query(`create database ${name} template ${source} owner postgres`),
      ),
    ),
  );
  if (nodes.length > 1) await renameItself(nodes, name);
  const connectionString = connectionStringOf(server, "postgres", name);
  const pool = new pg.Pool({ connectionString, max: 20 });
  // A test that kills connections, or drops the database, must not take the process with it.
  pool.on("error", () => {});
  const roles: string[] = [];
  let dropped: Promise<void> | undefined;
  return {
    name,
    connectionString,
    superuserConnectionString: connectionStringOf(server, server.superuser, name),
    pool,
    onCitus: nodes.length > 1,
    nodes: nodes.map((node) => connectionStringOf(node, node.superuser, name)),
    roles,
    drop() {
      dropped ??= drop(server, name, pool, roles);
      return dropped;
    },
  };
}

/** Where nothing is spread, `undistributed` is `migrated`. */
function templateOn(major: Major, { template = "migrated" }: TestDatabaseOptions) {
  const isSpread = supabaseServer(major).citus !== undefined;
  return template === "undistributed" && !isSpread ? "migrated" : template;
}

async function drop(
  server: TestServer,
  name: string,
  pool: pg.Pool,
  roles: readonly string[],
): Promise<void> {
  const nodes = nodesOf(server);
  if (nodes.length > 1) for (const node of nodes) await closeNode(node, name);
  for (const node of nodes) {
    await withSuperuser(node, "postgres", (client) =>
      client.query(`drop database if exists ${name} with (force)`),
    );
  }
  // A server of our own takes them with it.
  if (server.citus !== undefined && roles.length > 0) {
    for (const node of nodesOf(server)) {
      await withSuperuser(node, "postgres", (client) =>
        client.query(`drop role if exists ${roles.join(", ")}`),
      );
    }
  }
  // Its connections are gone with the database. Not awaited: a test that failed may have one yet.
  if (!pool.ended) pool.end().catch(() => {});
}

function connectionStringOf(server: TestServer, user: string, database: string): string {
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(server.host)}&port=${server.port}`;
}

function supabaseServer(major: Major): TestServer {
  const server = testServers().find((candidate) => candidate.major === major);
  if (server === undefined) throw new Error(`PostgreSQL ${major} was not started for this run`);
  return server;
}

const plainServers = new Map<Major, Promise<TestServer>>();

// Never stopped here: it ends with the process that started it.
function plainServer(major: Major): Promise<TestServer> {
  const started = plainServers.get(major) ?? startTestServer(major).then(({ server }) => server);
  plainServers.set(major, started);
  return started;
}

let databases = 0;

function nextNumber(): number {
  databases += 1;
  return databases;
}
