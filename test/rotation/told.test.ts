import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deliver } from "../../src/events/deliver.ts";
import { outbox } from "../../src/events/outbox.ts";
import { parseSecret } from "../../src/events/signature.ts";
import { rotateKey } from "../../src/rotation/rotate-key.ts";
import { SECRET, useReceivers } from "../events/receiver.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numberOf, numbers } from "../support/use-contact-sync.ts";
import { createWorld, emptied, rotateUntil, type World } from "./world.ts";

describePostgres("what is told of links while the sealing key is changed", (server) => {
  const database = useDatabase(server);
  const receiver = useReceivers();
  let world: World;
  beforeEach(async () => {
    await emptied(database());
    world = createWorld(database());
  });
  afterEach(() => world.close());

  test("names numbers by their hashes, at every step, and is lost at none", async () => {
    const { url, received } = await receiver();
    const webhook = {
      url: new URL(url),
      secrets: [parseSecret(SECRET) as Buffer],
      allowsPrivate: true,
    };
    const old = await world.openOld();
    await database().pool.query("select set_webhooks(true)");
    const owners = [randomUUID(), randomUUID()];
    const user = randomUUID();
    for (const owner of owners) await old.syncContacts(owner, numbers(6), 6);
    const engine = await world.openEngine();
    const both = await world.openBoth();
    const tell = async () => {
      for (const due of await outbox.takeDue(engine.sql, 100, 30)) {
        expect(await deliver(engine, webhook, due)).toMatchObject({ end: "delivered" });
      }
    };

    await old.link(user, numberOf(0)); // waits until the end
    await rotateUntil(engine, ({ step }) => step === "directory");
    await both.link(user, numberOf(1));
    await rotateUntil(engine, ({ ownersMoved }) => ownersMoved === 1);
    await both.link(user, numberOf(2)); // owners of both keys: two messages
    await tell();
    const told = () =>
      received
        .map(({ data: { phone_hash, owners: of } }) => [phone_hash, of.toSorted()])
        .toSorted();
    expect(told()).toEqual(
      [
        [hashOf(0), owners.toSorted()],
        [hashOf(1), owners.toSorted()],
        ...owners.map((owner) => [hashOf(2), [owner]]),
      ].toSorted(),
    );

    received.length = 0;
    await both.link(user, numberOf(3)); // re-sealed with what is left
    await rotateKey(engine);
    await both.link(user, numberOf(4));
    await tell();
    expect(told()).toEqual(
      [...owners.map((owner) => [hashOf(3), [owner]]), [hashOf(4), owners.toSorted()]].toSorted(),
    );
  });
});
