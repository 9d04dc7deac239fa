import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/database/migrations/migrate.ts";
import { describePostgres, type TestDatabase } from "../support/postgres.ts";
import { type RunningServer, startTestServer } from "../support/test-server.ts";
import { finishLinks, link, onlyLink, runLinker, stored, sync } from "./calls.ts";
import { aPhone, someone, useSessions } from "./session.ts";

// Promise 6 (docs/architecture.md) for transactions that end in two steps, as Citus's do: between the
// steps they belong to no session, and outlive the server's restart.

const WAITING = { contacts_changed: 0, entries_finished: 0, entries_waiting: 1 };

describePostgres("a prepared transaction", ({ major }) => {
  let running: RunningServer;
  let database: TestDatabase;
  const open = useSessions(() => database);
  const connectionString = () =>
    `postgresql://postgres@/postgres?host=${encodeURIComponent(running.server.host)}&port=5432`;

  const connect = () => {
    const pool = new pg.Pool({ connectionString: connectionString() });
    pool.on("error", () => {});
    database = { connectionString: connectionString(), pool } as TestDatabase;
  };

  beforeAll(async () => {
    running = await startTestServer(major);
    connect();
    await migrate({ connectionString: connectionString() });
    return async () => {
      await database.pool.end();
      await running.stop();
    };
  });

  for (const isRestarted of [false, true]) {
    for (const inSavepoint of [false, true]) {
      const name = [
        "that has read the directory keeps an entry",
        isRestarted ? "over a restart" : "until it ends",
        inSavepoint ? "(in a savepoint)" : "",
      ];
      test(name.join(" ").trim(), async () => {
        const [owner, phone, alice] = [someone(), aPhone(), someone()];
        let device = await open();
        await device.begin();
        if (inSavepoint) await device.rows("savepoint one");
        await sync(device, owner, [phone]);
        if (inSavepoint) await device.rows("release savepoint one");
        await device.rows("prepare transaction 'sync'");

        let linker = await open();
        await link(linker, phone, alice);
        expect(await runLinker(linker)).toEqual(WAITING);
        if (isRestarted) {
          await running.restart();
          await database.pool.end();
          connect();
          [device, linker] = [await open(), await open()];
        }
        expect(await runLinker(linker)).toEqual(WAITING);
        expect(await runLinker(linker)).toEqual(WAITING);

        await device.rows("commit prepared 'sync'");
        expect(await onlyLink(linker, owner)).toBeNull();
        expect(await runLinker(linker)).toEqual({
          contacts_changed: 1,
          entries_finished: 1,
          entries_waiting: 0,
        });
        expect(await onlyLink(linker, owner)).toBe(alice);
      });
    }
  }

  test("that has an owner locked is named, and makes late only what is that owner's", async () => {
    const [owner, other, phone, alice] = [someone(), someone(), aPhone(), someone()];
    const [device, linker] = [await open(), await open()];
    for (const each of [owner, other]) await sync(device, each, [phone]);
    await device.begin();
    await device.call("set_contact_favorite", owner, phone, true);
    await device.rows("prepare transaction 'a favourite'");

    await link(linker, phone, alice);
    expect(await runLinker(linker)).toMatchObject({ contacts_changed: 1, entries_waiting: 1 });
    expect(await onlyLink(linker, other)).toBe(alice);
    const inTheWay = await linker.rows("select * from list_owners_in_the_way('0')");
    expect(inTheWay).toMatchObject([
      { owner_id: owner, pid: null, state: "prepared", prepared_as: "a favourite" },
    ]);

    await device.rows("rollback prepared 'a favourite'");
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBe(alice);
    expect(await linker.rows("select * from list_owners_in_the_way('0')")).toEqual([]);
  });

  test("a savepoint that is rolled back leaves nobody behind the fence, one that is not does", async () => {
    const [owner, phone, alice] = [someone(), aPhone(), someone()];
    const [device, linker] = [await open(), await open()];

    await device.begin();
    await device.rows("savepoint one");
    await sync(device, owner, [phone]);
    await device.rows("rollback to savepoint one");
    await link(linker, phone, alice);
    expect(await runLinker(linker)).toMatchObject({ entries_finished: 1, entries_waiting: 0 });

    await device.rows("savepoint two");
    await sync(device, owner, [phone]);
    await device.rows("release savepoint two");
    await link(linker, phone, someone());
    expect(await runLinker(linker)).toEqual(WAITING);
    await device.commit();
    await finishLinks(linker);
    const [contact] = await stored(linker, owner);
    const [entry] = await linker.rows<{ user: string }>(
      'select linked_user_id as "user" from phones where phone_key = $1',
      [phone],
    );
    expect(contact?.link).toBe(entry?.user);
  });
});
