import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { numberOf, numbers } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, strangers, type World } from "./world.ts";

describePostgres("contact-sync rotate-key", (server) => {
  const database = useDatabase(server);
  let world: World;
  let environment: Record<string, string>;
  const owner = randomUUID();
  beforeEach(async () => {
    await emptied(database());
    world = createWorld(database());
    environment = {
      DATABASE_URL: database().connectionString,
      CONTACT_SYNC_KEY: world.newKey,
      CONTACT_SYNC_PREVIOUS_KEY: world.oldKey,
    };
    const old = await world.openOld();
    await old.syncContacts(owner, numbers(9), 9);
    await old.link(randomUUID(), numberOf(1));
  });
  afterEach(() => world.close());

  test("re-seals everything, says how far it is, and what is left to do", async () => {
    const status = () => runCli(["rotate-key", "--status"], { environment });
    expect(await status()).toMatchObject({
      code: 0,
      stdout: "No change of the key is under way.\n",
    });
    await rotateUntil(await world.openEngine(), ({ step }) => step === "books");
    expect(await status()).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^The key is being changed from [0-9a-f]{8} to [0-9a-f]{8} \(contacts re-sealed\): 9 contacts of 1 owner and 1 number of the directory are left\.\n$/,
      ),
    });
    const doctor = await runCli(["doctor"], { environment });
    expect(doctor.stdout).toMatch(/KEY_ROTATION.*is being changed.*1 owners are left/s);

    let now = 0;
    const { code, stdout, stderr } = await runCli(["rotate-key"], {
      environment,
      now: () => {
        now += 2_000;
        return now;
      },
    });
    expect({ code, stderr: stderr.split("\n")[0] }).toEqual({
      code: 0,
      stderr: "0 of 9 contacts re-sealed",
    });
    expect(stdout).toMatch(
      /^Sealed with the key [0-9a-f]{8}: 9 contacts of 1 owner were re-sealed\. The key [0-9a-f]{8} opens nothing any more; CONTACT_SYNC_PREVIOUS_KEY can go\.\n$/,
    );
    expect(stdout + stderr).not.toContain(world.newKey);
    expect(await strangers(world, numbers(9))).toEqual([]);
    expect((await status()).code).toBe(0);
    const again = await runCli(["rotate-key", "--json"], { environment });
    expect(JSON.parse(again.stdout)).toMatchObject({ owners_moved: 0, contacts_moved: 0 });
  });

  test("says what is wrong with its keys", async () => {
    const { CONTACT_SYNC_PREVIOUS_KEY: _, ...alone } = environment;
    const wrongs: [Record<string, string>, RegExp][] = [
      [{ ...alone, CONTACT_SYNC_KEY: world.oldKey }, /KEY_REQUIRED: .*takes two/],
      [alone, /KEY_MISMATCH/],
      [{ ...environment, CONTACT_SYNC_PREVIOUS_KEY: "short" }, /CONTACT_SYNC_PREVIOUS_KEY: /],
      [{ ...environment, CONTACT_SYNC_PREVIOUS_KEY: generateKey() }, /KEY_MISMATCH/],
      [{ ...environment, CONTACT_SYNC_KEY: world.oldKey }, /the same/],
    ];
    for (const [wrong, words] of wrongs) {
      const { code, stderr } = await runCli(["rotate-key"], { environment: wrong });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(words);
    }
  });

  test("shows a bar on a terminal, and stops between two transactions", async () => {
    const stop = new AbortController();
    const { code, stderr } = await runCli(["rotate-key"], {
      environment,
      isTerminal: true,
      signal: stop.signal,
      onStderr: () => stop.abort(),
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("%");
    const { code: done } = await runCli(["rotate-key"], { environment });
    expect(done).toBe(0);
  });
});
