import pg from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { withSuperuser } from "./superuser.ts";
import { prepareTemplate, type Template } from "./templates.ts";
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
  /** Drops the database, however many connections it still has. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /**
   * - `migrated` (default): roles and default privileges as on Supabase, and all our migrations
   * - `supabase`: the same, without our migrations
   * - `plain`: an empty database on a server that has none of those roles; `postgres` is its
   *   superuser. The server starts on first use and lives as long as the test file.
   */
  template?: Template | "plain";
}

/** One of the majors that a suite runs on. */
export interface PostgresUnderTest {
  major: Major;
  createDatabase(options?: TestDatabaseOptions): Promise<TestDatabase>;
}

/** Runs a suite once on each PostgreSQL major; databases left over are dropped after it. */
export function describePostgres(name: string, suite: (server: PostgresUnderTest) => void): void {
  for (const { major } of testServers()) {
    describe(`${name} (PostgreSQL ${major})`, () => {
      const created: TestDatabase[] = [];
      afterAll(async () => {
        await Promise.all(created.map((database) => database.drop()));
        // Roles belong to a server: the next suite finds none of this one's.
        plainServers.delete(major);
      });
      suite({
        major,
        async createDatabase(options) {
          const database = await createTestDatabase(major, options);
          created.push(database);
          return database;
        },
      });
    });
  }
}

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
  { template = "migrated" }: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const server = template === "plain" ? await plainServer(major) : supabaseServer(major);
  const source = template === "plain" ? "template0" : await prepareTemplate(server, template);
  const name = `test_${process.pid}_${Date.now().toString(36)}_${nextNumber()}`;
  await withSuperuser(server, "postgres", (client) =>
    client.query(`create database ${name} template ${source} owner postgres`),
  );
  const connectionString = connectionStringOf(server, "postgres", name);
  const pool = new pg.Pool({ connectionString, max: 20 });
  // A test that kills connections, or drops the database, must not take the process with it.
  pool.on("error", () => {});
  let dropped: Promise<void> | undefined;
  return {
    name,
    connectionString,
    superuserConnectionString: connectionStringOf(server, server.superuser, name),
    pool,
    drop() {
      dropped ??= drop(server, name, pool);
      return dropped;
    },
  };
}

async function drop(server: TestServer, name: string, pool: pg.Pool): Promise<void> {
  await withSuperuser(server, "postgres", (client) =>
    client.query(`drop database if exists ${name} with (force)`),
  );
  if (!pool.ended) await pool.end();
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
