import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import pg from "pg";
import { expect, test } from "vitest";
import { UuidArray } from "../src/database/uuid-array.ts";
import { type ContactsWithAccounts, createContactSync, migrate } from "../src/index.ts";
import { TEST_KEY } from "./support/open-contact-sync.ts";
import { describePostgres } from "./support/postgres.ts";
import {
  numberOf,
  numbers,
  refusal,
  streamOf,
  useContactSync,
} from "./support/use-contact-sync.ts";

const key = TEST_KEY;

describePostgres("createContactSync", (server) => {
  const { database } = useContactSync(server);

  /** What the sources of a connection have in common: calls, transactions, and many at once. */
  async function works(contactSync: ContactsWithAccounts) {
    const owner = randomUUID();
    const phone_hash = "0123456789abcdef".repeat(2);
    const [synced, created] = await Promise.all([
      contactSync.syncContacts(owner, numbers(3), 3),
      contactSync.create({ owner_id: owner, phone_hash, is_favorite: true }),
      contactSync.create({ owner_id: owner, phone_hash }),
    ]);
    expect(synced).toMatchObject({ contacts_inserted: 3 });
    expect(created).toMatchObject({ phone_hash });
    expect(await contactSync.summarizeContacts(owner)).toMatchObject({
      contacts_count: 4,
      favorites_count: 1,
    });
  }

  test("takes a connection string, whose connections close() ends", async () => {
    const contactSync = await createContactSync({ database: database().connectionString, key });
    await works(contactSync);
    await contactSync.close();
    await contactSync.close();
    await refusal(contactSync.summarizeContacts(randomUUID()), "DATABASE_UNAVAILABLE");
  });

  test("takes a configuration", async () => {
    const contactSync = await createContactSync({
      database: { connectionString: database().connectionString, application_name: "an app" },
      key,
    });
    await works(contactSync);
    await contactSync.close();
  });

  test("takes a pool, and leaves it open", async () => {
    const pool = new pg.Pool({ connectionString: database().connectionString, max: 2 });
    const contactSync = await createContactSync({ database: pool, key });
    await works(contactSync);
    await contactSync.close();
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test("takes a single client, whose transactions take turns", async () => {
    const client = new pg.Client({ connectionString: database().connectionString });
    await client.connect();
    const contactSync = await createContactSync({ database: client, key });
    await works(contactSync);
    await contactSync.close();
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test("takes anything that has query and transaction, as PGlite has", async () => {
    const { pool } = database();
    const began: string[] = [];
    const handed: unknown[] = [];
    const contactSync = await createContactSync({
      database: {
        query: (text, values = []) => {
          handed.push(...values);
          return pool.query(text, values) as never;
        },
        async transaction(work) {
          const client = await pool.connect();
          began.push("begin");
          try {
            await client.query("begin");
            const result = await work({
              query: (text, values) => client.query(text, values) as never,
            });
            await client.query("commit");
            return result;
          } finally {
            client.release();
          }
        },
      },
      key,
    });
    await works(contactSync);
    expect(began).toHaveLength(2);
    // Another driver than pg could make nothing of it.
    expect(handed.filter((value) => value instanceof UuidArray)).toEqual([]);
    expect(handed).toContainEqual(expect.stringMatching(/^\{[0-9a-f]{32}(,[0-9a-f]{32})*\}$/));
  });

  test("after close() says that it was closed, and not that the connection was lost", async () => {
    const { connectionString } = database();
    const pool = new pg.Pool({ connectionString });
    const client = new pg.Client({ connectionString });
    await client.connect();
    const sources = [
      [connectionString, () => {}],
      [pool, () => pool.end()],
      [client, () => client.end()],
    ] as const;
    for (const [source, end] of sources) {
      const contactSync = await createContactSync({ database: source, key });
      await contactSync.close();
      await end();
      for (const call of [
        contactSync.syncContacts(randomUUID(), numbers(1), 1),
        contactSync.getSyncStatus(randomUUID()),
        contactSync.create({ owner_id: randomUUID(), phone_hash: "ab".repeat(16) }),
      ]) {
        const error = await refusal(call, "DATABASE_UNAVAILABLE");
        expect(error.details).toMatchObject({ reason: "CLOSED" });
        expect(error.message).toContain("the connections were closed before the call");
        expect(error.message).not.toContain("lost");
      }
    }
  });

  test("a stream that goes on after close() says so, and what is stored stays", async () => {
    const { connectionString } = database();
    const contactSync = await createContactSync({ database: connectionString, key });
    const owner = randomUUID();
    const closing = contactSync.syncContacts(owner, streamOf(numbers(15_000)), null, {
      onProgress: () => void contactSync.close(),
    });
    const error = await refusal(closing, "DATABASE_UNAVAILABLE");
    expect(error.details).toMatchObject({ reason: "CLOSED" });
  });

  test("works in a schema of choice, beside another", async () => {
    const { connectionString, pool } = database();
    let schema = "Contacts_2";
    if (server.onCitus) {
      await refusal(migrate({ connectionString, schema }), "UNSUPPORTED_CLUSTER");
      schema = "contacts_2";
    }
    await migrate({ connectionString, schema });
    const contactSync = await createContactSync({ database: pool, key, schema });
    await works(contactSync);
    const { rows } = await pool.query(
      `select count(*)::integer as count from "${schema}".contacts_with_accounts`,
    );
    expect(rows).toEqual([{ count: 4 }]);
  });

  test("has a region of its own for national numbers, which a call may change", async () => {
    const contactSync = await createContactSync({
      database: database().pool,
      key,
      defaultRegion: "eg",
    });
    const national = [`0${numberOf(1).slice(3)}`];
    expect(await contactSync.syncContacts(randomUUID(), national, 1)).toMatchObject({
      rejected: [],
    });
    expect(
      await contactSync.syncContacts(randomUUID(), ["(202) 555-0142"], 1, { defaultRegion: "US" }),
    ).toMatchObject({ rejected: [], total_processed: 1 });
  });

  test("refuses a database without our migrations, naming them and the cure", async () => {
    const bare = await server.createDatabase({ template: "supabase" });
    const error = await refusal(
      createContactSync({ database: bare.pool, key }),
      "DATABASE_NOT_MIGRATED",
    );
    expect(error.message).toContain("012_create_phones");
    expect(error.message).toContain("contact-sync migrate");
    await refusal(
      createContactSync({ database: database().pool, key, schema: "elsewhere" }),
      "DATABASE_NOT_MIGRATED",
    );
  });

  test("says what to do about a database that can't be reached", async () => {
    // A port that was free a moment ago.
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });
    const { connectionString } = database();
    const secret = "hunter2hunter2";
    for (const unreachable of [
      `postgresql://app:${secret}@127.0.0.1:${port}/app`,
      `postgresql://app:${secret}@/app?host=/nowhere`,
      connectionString.replace(/(?<=@\/)\w+/, "no_such_database"),
      connectionString.replace("postgres@", "nobody@"),
    ]) {
      const error = await refusal(
        createContactSync({ database: unreachable, key }),
        "DATABASE_UNAVAILABLE",
      );
      expect(error.message).toContain("DATABASE_URL");
      expect(error.message).not.toContain(secret);
    }
  });

  test("refuses options that it can't use", async () => {
    const { pool } = database();
    for (const source of [undefined, null, 7, "", "  ", [], () => {}]) {
      await refusal(createContactSync({ database: source as never, key }), "INVALID_ARGUMENT");
    }
    await refusal(createContactSync(undefined as never), "INVALID_ARGUMENT");
    await refusal(createContactSync(null as never), "INVALID_ARGUMENT");
    await refusal(createContactSync({ database: pool, key: "short" }), "INVALID_KEY");
    for (const schema of ["", "pg_catalog", 'a"b', "a b", "x".repeat(64), 7, "public; drop"]) {
      await refusal(
        createContactSync({ database: pool, key, schema: schema as string }),
        "INVALID_ARGUMENT",
      );
    }
    await refusal(
      createContactSync({ database: pool, key, defaultRegion: "UK" }),
      "INVALID_REGION",
    );
  });

  test("never quotes a connection string that can't be read", async () => {
    const error = await refusal(
      createContactSync({ database: "postgresql://app:hunter2@host:port:1/x", key }),
      "INVALID_ARGUMENT",
    );
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain("hunter2");
  });
});
