import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEngine } from "../../src/engine/open-engine.ts";
import { createContactSync } from "../../src/index.ts";
import { explain } from "../../src/operation/explain.ts";
import { readOverview } from "../../src/operation/overview.ts";
import { readSettings } from "../../src/operation/settings.ts";
import { reportUser } from "../../src/operation/user-report.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, type World } from "./world.ts";

const RATES = { perOwner: 0, perAddress: 0 };

describePostgres("what an operator is told while the sealing key is changed", (server) => {
  const database = useDatabase(server);
  let world: World;
  beforeEach(async () => {
    await emptied(database());
    world = createWorld(database());
  });
  afterEach(() => world.close());

  test("is the same at every step", async () => {
    const old = await world.openOld();
    const [friend, hidden, blocker, stranger] = [
      randomUUID(),
      randomUUID(),
      randomUUID(),
      randomUUID(),
    ];
    const owners = [randomUUID(), randomUUID(), randomUUID()];
    for (const [n, user] of [friend, hidden, blocker, stranger].entries()) {
      await old.link(user, numberOf(n));
    }
    await old.setDiscoverability(hidden, "nobody");
    for (const owner of owners) {
      await old.blockUser(blocker, owner);
      await old.syncContacts(owner, numbers(6).toSpliced(3, 1), 6);
    }
    const reasons = [undefined, "discoverable", "not_blocked", "in_book", "in_directory"];
    const found = [friend, hidden, blocker, stranger, null];

    const engine = await world.openEngine();
    let steps = 0;
    const look = async () => {
      for (const owner of owners) {
        for (const [n, reason] of reasons.entries()) {
          const explanation = await explain(engine, owner, numberOf(n));
          const first = explanation.steps.find(({ outcome }) => outcome === "no");
          expect([explanation.seen, explanation.found_user_id, first?.step]).toEqual([
            reason === undefined,
            found[n],
            reason,
          ]);
        }
        const report = await reportUser(engine, owner);
        expect(report.summary).toEqual({ contacts_count: 5, linked_count: 1, favorites_count: 0 });
      }
      expect((await reportUser(engine, friend)).numbers).toBe(1);
      expect((await readOverview(engine)).directory).toEqual({ numbers: 4, users: 4 });
    };
    await look();
    // Each time some reports further than the last time.
    const further = async (reports: number) => {
      let heard = 0;
      return rotateUntil(engine, () => {
        heard += 1;
        return heard === reports;
      });
    };
    while (await further(steps + 1)) {
      steps += 1;
      await look();
    }
    expect(steps).toBeGreaterThan(3);
    await look();
  });
});

describePostgres("what an operator is told of an unsealed database", (server) => {
  const database = useDatabase(server);

  test("is what is told of another", async () => {
    const { engine, close } = await openEngine({ database: database().pool, key: null });
    const contactSync = await createContactSync({ database: database().pool, key: null });
    const [owner, friend] = [randomUUID(), randomUUID()];
    await contactSync.link(friend, numberOf(1));
    await contactSync.syncContacts(owner, numbers(3), 3);
    expect(await explain(engine, owner, numberOf(1))).toMatchObject({
      seen: true,
      found_user_id: friend,
    });
    expect(await explain(engine, owner, hashOf(2))).toMatchObject({
      seen: false,
      found_user_id: null,
    });
    expect(await readSettings(engine, RATES)).toMatchObject({ sealed: false, user_ids: "uuid" });
    expect(await engine.examine()).toEqual(expect.any(Array));
    await contactSync.close();
    await close();
  });
});
