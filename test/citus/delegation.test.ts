import { digestOf } from "@contact-sync/client";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ContactsWithAccounts } from "../../src/index.ts";
import { Phone, range } from "../contacts/devices/phone.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describeCitus, type TestDatabase, useDatabase } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { ownerOn } from "./nodes.ts";

// A call of one owner is one way to the owner's node and back, which is what makes a cluster pay;
// and a part of the caller's transaction where it has to be one.

describeCitus("a call of one owner", (server) => {
  const [database, ofTexts] = [useDatabase(server), useDatabase(server)];
  const pools: pg.Pool[] = [];
  let asked: string[] = [];
  let pool: pg.Pool;
  let contactSync: ContactsWithAccounts;
  let owner: string;
  let phone: Phone;

  beforeAll(async () => {
    owner = await ownerOn(database(), database().nodes[1] as string);
    pool = listening(database());
    contactSync = await openContactSync({ ...database(), pool });
    phone = new Phone(contactSync, owner);
    await phone.full(range(20));
  });
  afterAll(() => Promise.all(pools.map((opened) => opened.end())));

  function listening({ connectionString }: TestDatabase): pg.Pool {
    const options = "-c citus.log_remote_commands=on -c client_min_messages=notice";
    const opened = new pg.Pool({ connectionString, max: 2, options });
    opened.on("connect", (client) => {
      client.on("notice", ({ message }) => {
        if (message?.startsWith("issuing ")) asked.push(message);
      });
    });
    pools.push(opened);
    return opened;
  }

  /** What the coordinator asks of other nodes meanwhile. */
  async function ways(work: () => Promise<unknown>): Promise<string[]> {
    asked = [];
    await work();
    return asked;
  }

  const session = async (parts: number) => {
    const settings = { deviceId: "tablet", deviceContactsCount: 5 };
    const { session_id } = await contactSync.beginSession(owner, settings);
    for (let part = 0; part < parts; part += 1) {
      await contactSync.putSessionPart(owner, session_id, part, [hashOf(part)]);
    }
    return session_id;
  };

  /** How many ways each takes, and what is counted of it once it is prepared. */
  const CALLS: readonly (readonly [string, number, () => Promise<() => Promise<unknown>>])[] = [
    ["a merge", 1, async () => () => contactSync.syncContacts(owner, numbers(5, 30), 5)],
    ["a device's snapshot", 1, async () => () => phone.full(range(19))],
    ["a delta", 1, async () => () => phone.delta([19], [0])],
    ["a delta of nothing", 1, async () => () => phone.delta([], [])],
    // Where its marks stand, and what there is since.
    ["changes", 2, async () => () => contactSync.listChanges(owner)],
    ["a session's beginning", 1, async () => () => session(0)],
    [
      "a session's part",
      1,
      async () => {
        const id = await session(0);
        return () => contactSync.putSessionPart(owner, id, 0, [hashOf(1)]);
      },
    ],
    [
      "a session's commit", // the digest is looked at between its two
      2,
      async () => {
        const id = await session(2);
        const commit = { parts: 2, digest: digestOf([hashOf(0), hashOf(1)]) };
        return () => contactSync.commitSession(owner, id, commit);
      },
    ],
    // What is written, and what is to be seen of it now.
    ["a favourite", 2, async () => () => contactSync.setFavorite(owner, hashOf(5), true)],
    ["an interaction", 2, async () => () => contactSync.recordInteraction(owner, hashOf(5))],
    ["a find", 1, async () => () => contactSync.findContact(owner, hashOf(5))],
    ["a list", 1, async () => () => contactSync.listContacts(owner)],
    ["a summary", 1, async () => () => contactSync.summarizeContacts(owner)],
    ["a status", 1, async () => () => contactSync.getSyncStatus(owner)],
    ["devices", 1, async () => () => contactSync.listDevices(owner)],
    ["a device that is forgotten", 1, async () => () => contactSync.forgetDevice(owner, "tablet")],
    ["deleting contacts", 1, async () => () => contactSync.deleteContacts(owner, [hashOf(5)])],
    ["deleting all contacts", 1, async () => () => contactSync.deleteAllContacts(owner)],
  ];

  test.each(CALLS)("is done on the owner's node: %s, in %i", async (_, count, prepare) => {
    const work = await prepare();
    expect(await ways(work)).toHaveLength(count);
  });

  describe("is a part of what has called it", () => {
    const sync = "select * from sync_phone_keys($1, array[gen_random_uuid()], 1)";
    const contactsOf = async (someone: string) =>
      (await contactSync.summarizeContacts(someone)).contacts_count;
    let stranger: string;

    beforeAll(async () => {
      stranger = await ownerOn(database(), database().nodes[2] as string);
      await pool.query(`
        create function call_and_fail(p_owner_id uuid) returns void language plpgsql as $$
        begin
          perform sync_phone_keys(p_owner_id, array[gen_random_uuid()], 1);
          raise exception 'afterwards';
        end $$`);
    });

    test("in a transaction block, also of several owners", async () => {
      const client = await pool.connect();
      try {
        for (const [end, contacts] of [
          ["rollback", 0],
          ["commit", 1],
        ] as const) {
          await client.query("begin");
          await client.query(sync, [owner]);
          await client.query(sync, [stranger]);
          await client.query(end);
          expect([await contactsOf(owner), await contactsOf(stranger)]).toEqual([
            contacts,
            contacts,
          ]);
        }
      } finally {
        client.release();
      }
    });

    test("in a function of the app's", async () => {
      const before = await contactsOf(owner);
      await expect(pool.query("select call_and_fail($1)", [owner])).rejects.toThrow("afterwards");
      expect(await contactsOf(owner)).toBe(before);
    });

    test("where the owner's own id is written with it, the first time", async () => {
      const database = { ...ofTexts(), pool: listening(ofTexts()) };
      const texts = await openContactSync(database, { userIds: "text" });
      const sync = () => texts.syncContacts("somebody", numbers(2), 2);
      expect((await ways(sync)).length).toBeGreaterThan(1);
      expect(await ways(sync)).toHaveLength(1);
    });
  });
});
