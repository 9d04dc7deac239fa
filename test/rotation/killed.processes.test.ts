import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useSessions } from "../interleavings/session.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { createWorld, emptied, strangers, type World } from "./world.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

describePostgres("contact-sync rotate-key, killed", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  let world: World;
  beforeEach(async () => {
    await emptied(database());
    world = createWorld(database());
  });
  afterEach(() => world.close());

  const start = () =>
    spawn(process.execPath, ["--import", TYPESCRIPT, MAIN, "rotate-key", "--json"], {
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: database().connectionString,
        CONTACT_SYNC_KEY: world.newKey,
        CONTACT_SYNC_PREVIOUS_KEY: world.oldKey,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });

  test("at each step, goes on from there the next time", async () => {
    const old = await world.openOld();
    const [held, other, user] = [randomUUID(), randomUUID(), randomUUID()];
    for (const owner of [held, other]) await old.syncContacts(owner, numbers(50), 50);
    await old.link(user, numberOf(1));
    const both = await world.openBoth();
    const state = () => both.rotationState();

    /** Kills one as soon as it has come so far, where something keeps it. */
    const killedWhen = async (hold: () => Promise<void>, hasCome: () => Promise<boolean>) => {
      await hold();
      const running = start();
      const ended = once(running, "exit");
      await until("it has come so far", hasCome);
      running.kill("SIGKILL");
      expect(await ended).toEqual([null, "SIGKILL"]);
    };

    const linker = await open();
    await killedWhen(
      async () => {
        await linker.begin();
        await linker.call("link_phone", world.oldCipher.encrypt([hashOf(2)])[0], user);
      },
      async () => (await state()).step === "directory",
    );
    await linker.commit();

    const app = await open();
    await killedWhen(
      async () => {
        await app.begin();
        await app.rows("select contact_sync_lock_owners($1)", [[held]]);
      },
      async () => (await state()).owners_left === 1,
    );
    await app.rollback();

    const reader = await open();
    await killedWhen(
      async () => {
        // It switches with this in its way, and can't go on.
        await database().pool.query(
          "select contact_sync_claim_answer($1, 'r', 'k', 'f', $1, '1 hour', null, 0::smallint)",
          [other],
        );
      },
      async () => (await state()).step === "remains",
    );
    await reader.rows("delete from contact_sync_answers");

    const last = start();
    expect((await once(last, "exit"))[0]).toBe(0);
    expect(await strangers(world, numbers(50))).toEqual([]);
    const next = await world.openNew();
    for (const owner of [held, other]) {
      expect(await next.summarizeContacts(owner)).toMatchObject({
        contacts_count: 50,
        linked_count: 2,
      });
    }
  });
});
