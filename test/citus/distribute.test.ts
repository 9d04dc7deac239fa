import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { migrate } from "../../src/index.ts";
import { readCatalog } from "../support/catalog.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { ourObjects } from "../support/our-objects.ts";
import { describeCitus, type TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";

const DISTRIBUTE = "select distribute_contact_sync() as spread";
const UNSUPPORTED = { code: "YC041" };

describeCitus("spreading a database", (server) => {
  /** Where everything lies, which Citus knows, beside what PostgreSQL knows of it. */
  async function layoutOf({ pool }: TestDatabase): Promise<unknown> {
    const { rows } = await pool.query(
      `select p.logicalrelid::text as table, p.partmethod, p.colocationid, s.shardid, l.groupid, l.placementid
         from pg_dist_partition p
         left join pg_dist_shard s using (logicalrelid)
         left join pg_dist_placement l using (shardid)
        order by 1, 4, 5`,
    );
    return { places: rows, catalog: await readCatalog(pool, "public") };
  }

  test("puts each table in its place", async () => {
    const { pool } = await server.createDatabase();
    const { rows } = await pool.query(
      "select table_name::text as name, citus_table_type as type, distribution_column as by from citus_tables",
    );
    const placed = new Map(rows.map(({ name, type, by }) => [name, type === "local" ? type : by]));
    const { rows: owned } = await pool.query(
      `select c.relname::text as name
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'owner_id'
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
          and exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey))`,
    );
    // The linker's own, and beside the directory like its queue:
    const elsewhere = ["contact_sync_renewed_links"];
    for (const { name } of owned) {
      const place = elsewhere.includes(name) ? "<none>" : "owner_id";
      expect([name, placed.get(name)]).toEqual([name, place]);
    }
    expect(placed.get("phones")).toBe("<none>");
    const colocated = await pool.query(
      "select distinct colocationid from pg_dist_partition where partmethod = 'h'",
    );
    expect(colocated.rows).toHaveLength(1);
  });

  test("changes nothing the second time", async () => {
    const database = await server.createDatabase();
    const before = await layoutOf(database);
    const { rows } = await database.pool.query(DISTRIBUTE);
    expect(rows).toEqual([{ spread: 0 }]);
    expect(await layoutOf(database)).toEqual(before);
  });

  test("changes nothing the second time, after migrate has set all rights again", async () => {
    const database = await server.createDatabase();
    const before = await layoutOf(database);
    await migrate({ connectionString: database.connectionString });
    await database.pool.query(DISTRIBUTE);
    expect(await layoutOf(database)).toEqual(before);
  });

  test("says how many tables it has spread, and is all or nothing", async () => {
    const database = await server.createDatabase({ template: "undistributed" });
    const before = await layoutOf(database);
    const client = await database.pool.connect();
    try {
      await client.query("begin");
      const { rows } = await client.query<{ spread: number }>(DISTRIBUTE);
      expect(rows[0]?.spread).toBeGreaterThan(10);
      await client.query("rollback");
    } finally {
      client.release();
    }
    expect(await layoutOf(database)).toEqual(before);
    await database.pool.query(DISTRIBUTE);
    expect(await layoutOf(database)).not.toEqual(before);
  });

  test("keeps every answer and every row of a filled database", async () => {
    const database = await server.createDatabase({ template: "undistributed" });
    const contactSync = await openContactSync(database);
    const people = await fill(contactSync);
    const before = await answers(contactSync, people);
    const counts = await countsOf(database);
    const [first] = people as [string];
    const { cursor } = await contactSync.listChanges(first);

    await database.pool.query(DISTRIBUTE);

    expect(await countsOf(database)).toEqual(counts);
    expect(await answers(contactSync, people)).toEqual(before);
    // What the coordinator had itself is gone from there.
    const { rows: left } = await database.pool.query(
      `select logicalrelid::text as table from pg_dist_partition
        where partmethod = 'h' and pg_relation_size(logicalrelid) > 0`,
    );
    expect(left).toEqual([]);

    // And it goes on, also for who has a cursor from before.
    const again = await contactSync.syncContacts(first, numbers(40), 40);
    expect(again).toMatchObject({ contacts_inserted: 10 });
    await contactSync.link(randomUUID(), numberOf(39));
    const page = await contactSync.listChanges(first, { since: cursor });
    expect(page.reset).toBe(false);
    expect(page.changes.map((change) => change.phone_hash)).toContain(hashOf(39));
    await contactSync.close();
  });

  test("takes a server that was filled before it had the extension", async () => {
    const database = await server.createDatabase({ template: "undistributed" });
    const { pool, nodes, connectionString, superuserConnectionString } = database;
    const contactSync = await openContactSync(database);
    const people = await fill(contactSync);
    const before = await answers(contactSync, people);
    const { rows: addresses } = await pool.query(
      "select format('%L, %s', nodename, nodeport) as address from pg_dist_node order by groupid",
    );
    const [here, ...there] = addresses.map(({ address }) => address as string);
    // As if there had been neither the extension nor another node.
    for (const node of nodes) await query(node, "drop extension citus cascade");
    for (const node of nodes.slice(1)) {
      await query(
        node,
        `drop schema public cascade; create schema public authorization pg_database_owner;
         grant usage on schema public to public`,
      );
    }
    for (const node of nodes) await query(node, "create extension citus");
    await query(superuserConnectionString, `select citus_set_coordinator_host(${here})`);
    for (const address of there) {
      await query(superuserConnectionString, `select citus_add_node(${address})`);
    }

    await expect(migrate({ connectionString, citus: true })).resolves.toMatchObject({
      spread: { nodes: there.length },
    });

    expect(await answers(contactSync, people)).toEqual(before);
    const [first] = people as [string];
    await contactSync.syncContacts(first, numbers(40), 40);
    await contactSync.link(randomUUID(), numberOf(39));
    const { rows: faults } = await pool.query(
      "select code, object, problem from check_contact_sync() where severity <> 'note' and code <> 'CLUSTER_ROLE'",
    );
    expect(faults).toEqual([]);
    expect((await pool.query(DISTRIBUTE)).rows).toEqual([{ spread: 0 }]);
    await contactSync.close();
  });

  test("is refused without the extension", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "supabase" });
    await migrate({ connectionString });
    await expect(pool.query(DISTRIBUTE)).rejects.toMatchObject({
      ...UNSUPPORTED,
      message: "UNSUPPORTED_CLUSTER: this database does not have the extension citus",
      hint: expect.stringContaining("create extension citus"),
    });
  });

  test("is refused for a schema whose name has to be quoted, before anything is made", async () => {
    const { pool, connectionString } = await server.createDatabase({ template: "undistributed" });
    await expect(migrate({ connectionString, schema: "MixedCase" })).rejects.toMatchObject({
      code: "UNSUPPORTED_CLUSTER",
      message: expect.stringContaining('"MixedCase"'),
    });
    const { rows } = await pool.query("select from pg_namespace where nspname = 'MixedCase'");
    expect(rows).toEqual([]);
  });

  test("is refused on a worker, and changes nothing there", async () => {
    const { nodes } = await server.createDatabase();
    const [, worker] = nodes as [string, string];
    await expect(query(worker, DISTRIBUTE)).rejects.toMatchObject({
      ...UNSUPPORTED,
      message: expect.stringContaining("worker"),
      hint: expect.stringContaining("Connect to the coordinator"),
    });
  });

  test("is refused on a version of Citus that nobody has tried", async () => {
    const { superuserConnectionString } = await server.createDatabase();
    await expect(
      query(
        superuserConnectionString,
        `begin;
         set local citus.enable_version_checks = off;
         update pg_extension set extversion = '99.1-1' where extname = 'citus';
         ${DISTRIBUTE}`,
      ),
    ).rejects.toMatchObject({
      ...UNSUPPORTED,
      message: expect.stringMatching(/Citus 99\.1-1.* 13\.2/),
    });
  });

  test("is refused to whoever does not own the tables", async () => {
    const { superuserConnectionString } = await server.createDatabase();
    for (const role of ["anon", "authenticated"]) {
      await expect(
        query(superuserConnectionString, `set role ${role}; ${DISTRIBUTE}`),
      ).rejects.toMatchObject({ code: "42501" });
    }
  });
});

/** Some people with all that a database may hold of them. @returns who they are */
async function fill(contactSync: ContactsWithAccounts): Promise<string[]> {
  const people = Array.from({ length: 12 }, () => randomUUID());
  const [first, second, third] = people as [string, string, string];
  for (const [place, owner] of people.entries()) {
    await contactSync.syncContacts(owner, numbers(30, place * 5), 30, { deviceId: "phone" });
  }
  await contactSync.bulkInsertContacts([
    { owner_id: second, phone_hash: hashOf(500), is_favorite: true, linked_user_id: third },
  ]);
  await contactSync.link(second, numberOf(3));
  await contactSync.link(third, numberOf(7));
  await contactSync.link(first, numberOf(8));
  await contactSync.link(people[3] as string, numberOf(9));
  await contactSync.setFavorite(first, hashOf(3), true);
  await contactSync.recordInteraction(first, hashOf(4), "2026-01-02T03:04:05Z");
  await contactSync.deleteContacts(third, [hashOf(12)]);
  await contactSync.blockUser(third, people[4] as string);
  await contactSync.setDiscoverability(people[3] as string, "mutual");
  await contactSync.linkPendingPhones();
  // Left for the linker:
  await contactSync.linkMany([{ userId: people[5] as string, phoneNumber: numberOf(11) }], {
    backfill: false,
  });
  return people;
}

async function answers(contactSync: ContactsWithAccounts, people: readonly string[]) {
  const told: unknown[] = [await contactSync.getSyncStatistics(30)];
  for (const person of people) {
    told.push(
      await contactSync.listContacts(person),
      await contactSync.summarizeContacts(person),
      await contactSync.getSyncStatus(person),
      await contactSync.getSyncStatistics(30, { ownerId: person }),
      await contactSync.listDevices(person),
      // Another cursor each time.
      { ...(await contactSync.listChanges(person)), cursor: undefined },
      await contactSync.listBlockedUsers(person),
      await contactSync.getDiscoverability(person),
      await contactSync.findContact(person, hashOf(20)),
      await exported(contactSync, person),
    );
  }
  return told;
}

async function exported(contactSync: ContactsWithAccounts, person: string): Promise<string> {
  let text = "";
  for await (const piece of await contactSync.exportUser(person)) text += piece;
  return text.replace(/"exported_at":\s*"[^"]*"/, "");
}

async function countsOf({ pool }: TestDatabase): Promise<unknown> {
  const counts: Record<string, number> = {};
  for (const table of await ourObjects(pool, "table")) {
    const { rows } = await pool.query(`select count(*)::integer as n from ${table}`);
    counts[table] = rows[0].n;
  }
  return counts;
}
