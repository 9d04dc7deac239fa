import { beforeEach, describe, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { bulkInsert, finishLinks, link, onlyLink, runLinker, sync, unlink } from "./calls.ts";
import { aPhone, type Session, someone, useSessions } from "./session.ts";

// Promise 6 (docs/architecture.md) and promise 15 (docs/architecture.md): who may find whom changes
// while somebody writes a link by what was so before, and the other way round.

/** An owner who has the user's number, and the user, who may have the owner's. */
interface Pair {
  readonly owner: string;
  readonly ownPhone: string;
  readonly user: string;
  readonly phone: string;
}

interface Change {
  /** What is so before, beside that the user's number is in the directory. */
  readonly before?: (session: Session, pair: Pair) => Promise<unknown>;
  readonly change: (session: Session, pair: Pair) => Promise<unknown>;
  /** Whether the owner finds the user, before and after. */
  readonly finds: readonly [before: boolean, after: boolean];
}

const choose = (session: Session, user: string, discoverable: string | null) =>
  session.call("set_discoverability", user, discoverable);
const meet = (session: Session, { user, ownPhone }: Pair) => sync(session, user, [ownPhone]);
const isMutual = async (session: Session, pair: Pair) => {
  await link(session, pair.ownPhone, pair.owner);
  await choose(session, pair.user, "mutual");
};
const haveMet = async (session: Session, pair: Pair) => {
  await isMutual(session, pair);
  await meet(session, pair);
};

const CHANGES: Record<string, Change> = {
  "the user hides": {
    change: (session, { user }) => choose(session, user, "nobody"),
    finds: [true, false],
  },
  "the user shows themselves": {
    before: (session, { user }) => choose(session, user, "nobody"),
    change: (session, { user }) => choose(session, user, "everybody"),
    finds: [false, true],
  },
  "the user goes back to the default": {
    before: (session, { user }) => choose(session, user, "nobody"),
    change: (session, { user }) => choose(session, user, null),
    finds: [false, true],
  },
  "the user is for those they have alone, who has not the owner": {
    before: (session, { owner, ownPhone }) => link(session, ownPhone, owner),
    change: (session, { user }) => choose(session, user, "mutual"),
    finds: [true, false],
  },
  "the user is for those they have alone, who has the owner": {
    before: async (session, pair) => {
      await haveMet(session, pair);
      await choose(session, pair.user, "nobody");
    },
    change: (session, { user }) => choose(session, user, "mutual"),
    finds: [false, true],
  },
  "the user blocks the owner": {
    change: (session, { user, owner }) => session.call("block_user", user, owner),
    finds: [true, false],
  },
  "the user unblocks the owner": {
    before: (session, { user, owner }) => session.call("block_user", user, owner),
    change: (session, { user, owner }) => session.call("unblock_user", user, owner),
    finds: [false, true],
  },
  "the user stores the owner's number": { before: isMutual, change: meet, finds: [false, true] },
  "a bulk insert stores the owner's number for the user": {
    before: isMutual,
    change: (session, { user, ownPhone }) =>
      bulkInsert(session, [{ owner_id: user, phone_hash: ownPhone }]),
    finds: [false, true],
  },
  "the user deletes the owner's number": {
    before: haveMet,
    change: (session, { user, ownPhone }) => session.call("delete_contacts", user, [ownPhone]),
    finds: [true, false],
  },
  "the user's phone has the owner's number no more": {
    before: haveMet,
    change: (session, { user }) => sync(session, user, [], "replace"),
    finds: [true, false],
  },
  "the owner verifies the number that the user has": {
    before: async (session, pair) => {
      await choose(session, pair.user, "mutual");
      await meet(session, pair);
    },
    change: (session, { owner, ownPhone }) => link(session, ownPhone, owner),
    finds: [false, true],
  },
  "the owner's number leaves the directory": {
    before: haveMet,
    change: (session, { ownPhone }) => unlink(session, ownPhone),
    finds: [true, false],
  },
  "somebody else verifies the owner's number": {
    before: haveMet,
    change: (session, { ownPhone }) => link(session, ownPhone, someone()),
    finds: [true, false],
  },
};

describePostgres("consent", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  async function prepare(session: Session, { before }: Change): Promise<Pair> {
    const pair = { owner: someone(), ownPhone: aPhone(), user: someone(), phone: aPhone() };
    await link(session, pair.phone, pair.user);
    await before?.(session, pair);
    await finishLinks(session);
    return pair;
  }
  const seen = async (session: Session, { owner, phone }: Pair) => {
    const [contact] = await session.rows<{ linked_user_id: string | null }>(
      "select linked_user_id from find_contact($1, $2)",
      [owner, phone],
    );
    return contact?.linked_user_id ?? null;
  };
  /** What somebody who follows is told, from a cursor on. */
  const told = async (session: Session, { owner }: Pair, cursor: string | null = null) => {
    const answer = await session.call<{ changes_cursor: string; changed_user_ids: string[] }>(
      "list_contact_changes",
      owner,
      cursor,
    );
    return { cursor: answer.changes_cursor, users: answer.changed_user_ids };
  };

  describe.each(Object.entries(CHANGES))("%s", (_, each) => {
    const [before, after] = each.finds;

    test("and what is read, stored and told follows", async () => {
      const [device, linker] = [await open(), await open()];
      const pair = await prepare(linker, each);
      const matched = await sync(device, pair.owner, [pair.phone]);
      expect(matched.matched_contacts).toBe(before ? 1 : 0);
      expect(await onlyLink(linker, pair.owner)).toBe(before ? pair.user : null);
      const { cursor } = await told(linker, pair);

      await each.change(device, pair);
      // At once, before the linker has been round.
      if (!after) expect(await seen(device, pair)).toBeNull();
      expect((await sync(device, pair.owner, [pair.phone])).matched_contacts).toBe(after ? 1 : 0);
      await finishLinks(linker);
      expect(await seen(device, pair)).toBe(after ? pair.user : null);
      expect(await onlyLink(linker, pair.owner)).toBe(after ? pair.user : null);
      expect((await told(linker, pair, cursor)).users).toEqual([after ? pair.user : null]);
    });

    test("while a sync of the owner has read what was before, and has not committed", async () => {
      const [device, other, linker] = [await open(), await open(), await open()];
      const pair = await prepare(linker, each);
      await device.begin();
      await sync(device, pair.owner, [pair.phone]);
      await each.change(other, pair);
      await runLinker(linker);
      await runLinker(linker);
      await device.commit();
      await finishLinks(linker);
      expect(await onlyLink(linker, pair.owner)).toBe(after ? pair.user : null);
    });

    test("and is not committed while a sync of the owner reads, and ends", async () => {
      const [device, other, linker] = [await open(), await open(), await open()];
      const pair = await prepare(linker, each);
      await other.begin();
      await each.change(other, pair);
      await sync(device, pair.owner, [pair.phone]);
      await runLinker(linker);
      await other.commit();
      await finishLinks(linker);
      expect(await onlyLink(linker, pair.owner)).toBe(after ? pair.user : null);
    });
  });

  // Both look at what the other one has not committed.
  describe.each([
    ["stores the owner's number", meet],
    [
      "has it stored by a bulk insert",
      (session: Session, { user, ownPhone }: Pair) =>
        bulkInsert(session, [{ owner_id: user, phone_hash: ownPhone }]),
    ],
  ] as const)("a user who %s", (_, store) => {
    test("while the owner stores theirs", async () => {
      const [device, other, linker] = [await open(), await open(), await open()];
      const pair = await prepare(linker, { before: isMutual, change: meet, finds: [false, true] });
      await device.begin();
      await sync(device, pair.owner, [pair.phone]);
      await other.begin();
      await store(other, pair);
      await other.commit();
      await runLinker(linker);
      await device.commit();
      await finishLinks(linker);
      expect(await onlyLink(linker, pair.owner)).toBe(pair.user);
    });
  });

  test("a link that a bulk insert gives while the user hides shows nobody, and does not come back", async () => {
    const [app, linker] = [await open(), await open()];
    const [owner, phone, user] = [someone(), aPhone(), someone()];
    await app.begin();
    await bulkInsert(app, [{ owner_id: owner, phone_hash: phone, linked_user_id: user }]);
    await choose(linker, user, "nobody");
    await runLinker(linker);
    await app.commit();
    expect((await sync(linker, owner, [phone])).matched_contacts).toBe(0);
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBeNull();
    await choose(linker, user, "everybody");
    await finishLinks(linker);
    expect(await onlyLink(linker, owner)).toBeNull();
  });

  test("who hides and shows themselves again before the linker has been round is told as gone and back", async () => {
    const [device, linker] = [await open(), await open()];
    const pair = await prepare(linker, { change: meet, finds: [true, true] });
    await sync(device, pair.owner, [pair.phone]);
    const { cursor } = await told(device, pair);
    await choose(device, pair.user, "nobody");
    expect(await seen(device, pair)).toBeNull();
    await choose(device, pair.user, "everybody");
    await finishLinks(linker);
    expect(await seen(device, pair)).toBe(pair.user);
    expect((await told(device, pair, cursor)).users).toEqual([pair.user]);
  });

  test("a block changes nothing for anybody else who has the number", async () => {
    const [device, linker] = [await open(), await open()];
    const pair = await prepare(linker, { change: meet, finds: [true, true] });
    const others = [someone(), someone(), someone()];
    for (const owner of [pair.owner, ...others]) await sync(device, owner, [pair.phone]);
    const cursors: string[] = [];
    for (const owner of others) cursors.push((await told(linker, { ...pair, owner })).cursor);
    await device.call("block_user", pair.user, pair.owner);
    await device.call("unblock_user", pair.user, pair.owner);
    await device.call("block_user", pair.user, pair.owner);
    await finishLinks(linker);
    expect(await onlyLink(linker, pair.owner)).toBeNull();
    for (const [place, owner] of others.entries()) {
      expect(await onlyLink(linker, owner)).toBe(pair.user);
      const now = await told(linker, { ...pair, owner }, cursors[place]);
      expect(now).toEqual({ users: [], cursor: cursors[place] });
    }
  });
});

// Whoever looks whether anybody is found by those alone whom they have must find nobody.
describePostgres("consent, where everybody is found so far", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);
  beforeEach(async () => {
    await database().pool.query("truncate contact_sync_consent");
    await database().pool.query("select set_default_discoverability('everybody')");
    await finishLinks(await open());
  });

  /** The owner has the user's number in their book, and finds them. */
  async function found(session: Session): Promise<Pair> {
    const pair = { owner: someone(), ownPhone: aPhone(), user: someone(), phone: aPhone() };
    await link(session, pair.phone, pair.user);
    await sync(session, pair.owner, [pair.phone]);
    await finishLinks(session);
    return pair;
  }
  const MEANWHILE: Record<string, (session: Session, pair: Pair) => Promise<unknown>> = {
    "the user chooses it": (session, { user }) => choose(session, user, "mutual"),
    "the default becomes it": (session) => session.call("set_default_discoverability", "mutual"),
  };

  describe.each(Object.entries(MEANWHILE))("and %s", (_, choice) => {
    test("while the owner's number is being verified", async () => {
      const [other, linker] = [await open(), await open()];
      const pair = await found(linker);
      await meet(linker, pair);
      await other.begin();
      await link(other, pair.ownPhone, pair.owner);
      await choice(linker, pair);
      await runLinker(linker);
      await runLinker(linker);
      await other.commit();
      await finishLinks(linker);
      expect(await onlyLink(linker, pair.owner)).toBe(pair.user);
    });

    test("while the owner's number leaves the directory", async () => {
      const [other, linker] = [await open(), await open()];
      const pair = await found(linker);
      await meet(linker, pair);
      await link(linker, pair.ownPhone, pair.owner);
      await other.begin();
      await unlink(other, pair.ownPhone);
      await choice(linker, pair);
      await runLinker(linker);
      await runLinker(linker);
      await other.commit();
      await finishLinks(linker);
      expect(await onlyLink(linker, pair.owner)).toBeNull();
    });
  });

  test.each([
    ["everybody", "nobody", false],
    ["nobody", "everybody", true],
  ] as const)("a user who had chosen %s goes back to a default that is becoming %s", async (chosen, becomes, finds) => {
    const [operator, user, linker] = [await open(), await open(), await open()];
    await linker.call("set_default_discoverability", chosen);
    const pair = await found(linker);
    await choose(linker, pair.user, chosen);
    await finishLinks(linker);
    await operator.begin();
    await operator.call("set_default_discoverability", becomes);
    await choose(user, pair.user, null);
    await operator.commit();
    await finishLinks(linker);
    expect(await onlyLink(linker, pair.owner)).toBe(finds ? pair.user : null);
  });

  // The user's own choice waits for whoever is at their book; the default does not.
  test.each([
    ["stores the owner's number", [], meet, true],
    [
      "has it stored by a bulk insert",
      [],
      (session: Session, { user, ownPhone }: Pair) =>
        bulkInsert(session, [{ owner_id: user, phone_hash: ownPhone }]),
      true,
    ],
    [
      "deletes the owner's number",
      [meet],
      (session: Session, { user, ownPhone }: Pair) =>
        session.call("delete_contacts", user, [ownPhone]),
      false,
    ],
  ] as const)("and the default becomes it while the user %s", async (_, before, change, finds) => {
    const [other, linker] = [await open(), await open()];
    const pair = await found(linker);
    await link(linker, pair.ownPhone, pair.owner);
    for (const step of before) await step(linker, pair);
    await other.begin();
    await change(other, pair);
    await linker.call("set_default_discoverability", "mutual");
    await runLinker(linker);
    await runLinker(linker);
    await other.commit();
    await finishLinks(linker);
    expect(await onlyLink(linker, pair.owner)).toBe(finds ? pair.user : null);
  });
});
