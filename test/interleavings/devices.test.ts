import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { sync } from "./calls.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

interface Synced {
  readonly sync_mark: string;
  readonly contacts_inserted: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
}

const CURSOR = "1.0.0..c";

/** A device's snapshot, or what it adds. */
function device(
  session: Session,
  owner: string,
  id: string,
  phones: readonly string[],
  mode: "merge" | "replace" = "replace",
): Promise<Synced> {
  return session.call("sync_phone_keys", owner, phones, phones.length, 500, mode, true, true, id);
}

async function delta(
  session: Session,
  owner: string,
  id: string,
  mark: string,
  added: readonly string[],
  removed: readonly string[],
): Promise<Synced> {
  const [row] = await session.rows<Synced>(
    `select (d.result).* from sync_phone_keys_delta($1, $2, $3, $4::uuid[], $5::uuid[], $6, true) as d`,
    [owner, id, mark, added, removed, CURSOR],
  );
  return row as Synced;
}

describePostgres("devices of one owner", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  const bookOf = async (session: Session, owner: string) =>
    (
      await session.rows<{ phone_key: string }>(
        "select phone_key from contacts_with_accounts where owner_id = $1 order by 1",
        [owner],
      )
    ).map(({ phone_key }) => phone_key);
  const sorted = (phones: readonly string[]) =>
    phones
      .map((phone) => phone.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"))
      .sort();

  test("a delta that crosses another one of the same device is refused, not mixed", async () => {
    const [owner, one, two, three] = [someone(), aPhone(), aPhone(), aPhone()];
    const [first, second] = [await open(), await open()];
    const { sync_mark } = await device(first, owner, "a", [one]);

    await first.begin();
    await delta(first, owner, "a", sync_mark, [two], []);
    // Told before the commit, whose answer may come later than the refusal.
    const refused = expect(
      delta(second, owner, "a", sync_mark, [three], [one]),
    ).rejects.toMatchObject({ code: "YC030" });
    await untilBlocked(database(), second);
    await first.commit();
    await refused;
    expect(await bookOf(first, owner)).toEqual(sorted([one, two]));
  });

  test("the same delta twice at once is one, answered twice alike", async () => {
    const [owner, one, two, three] = [someone(), aPhone(), aPhone(), aPhone()];
    const [first, second] = [await open(), await open()];
    const { sync_mark } = await device(first, owner, "a", [one, two]);

    await first.begin();
    const answer = await delta(first, owner, "a", sync_mark, [three], [two]);
    const again = delta(second, owner, "a", sync_mark, [three], [two]);
    await untilBlocked(database(), second);
    await first.commit();
    const { contacts_inserted, contacts_removed, sync_mark: next } = answer;
    expect([contacts_inserted, contacts_removed]).toEqual([1, 1]);
    expect(await again).toMatchObject({ contacts_inserted, contacts_removed, sync_mark: next });
    expect(
      await first.rows("select from contact_sync_runs where owner_id = $1", [owner]),
    ).toHaveLength(2);
  });

  test("one whose first try rolled back is as if it had never been", async () => {
    const [owner, one, two] = [someone(), aPhone(), aPhone()];
    const session = await open();
    const { sync_mark } = await device(session, owner, "a", [one]);
    await session.begin();
    await delta(session, owner, "a", sync_mark, [two], []);
    await session.rollback();
    expect(await delta(session, owner, "a", sync_mark, [], [one])).toMatchObject({
      contacts_removed: 1,
    });
  });

  // What somebody else does while the answer of a delta is lost: none of it changes the device's set.
  const BETWEEN: [
    what: string,
    how: (session: Session, owner: string, phones: string[]) => Promise<unknown>,
  ][] = [
    [
      "another device's snapshot",
      (session, owner, [, , , other]) => device(session, owner, "b", [other as string]),
    ],
    ["a call without a device", (session, owner, phones) => sync(session, owner, phones)],
    [
      "a favourite",
      (session, owner, [, , added]) => session.call("set_contact_favorite", owner, added, true),
    ],
    [
      "a link",
      async (session, _, [, , added]) => {
        await session.call("link_phone", added, randomUUID());
        await session.call("link_pending_phones");
      },
    ],
    [
      "another device that is forgotten",
      async (session, owner, phones) => {
        await device(session, owner, "b", phones);
        await session.call("forget_sync_device", owner, "b");
      },
    ],
  ];
  test.each(BETWEEN)("a lost answer is given again after %s", async (_, between) => {
    const [owner, phones] = [someone(), [aPhone(), aPhone(), aPhone(), aPhone()]];
    const [one, two, three] = phones as [string, string, string, string];
    const session = await open();
    const { sync_mark } = await device(session, owner, "a", [one, two]);
    const answer = await delta(session, owner, "a", sync_mark, [three], [two]);
    await between(session, owner, phones);
    const before = await bookOf(session, owner);
    const again = await delta(session, owner, "a", sync_mark, [three], [two]);
    const { contacts_inserted, contacts_unchanged, contacts_removed, sync_mark: next } = answer;
    expect(again).toMatchObject({
      contacts_inserted,
      contacts_unchanged,
      contacts_removed,
      sync_mark: next,
    });
    expect(await bookOf(session, owner)).toEqual(before);
  });

  // What changes the device's set behind its back.
  const BEHIND: typeof BETWEEN = [
    [
      "a contact of it was deleted",
      (session, owner, [one]) => session.call("delete_contacts", owner, [one]),
    ],
    ["all were deleted", (session, owner) => session.call("delete_all_contacts", owner)],
    [
      "the whole book was replaced",
      (session, owner, [one]) => sync(session, owner, [one as string], "replace"),
    ],
    ["it was forgotten", (session, owner) => session.call("forget_sync_device", owner, "a")],
    ["the owner was erased", (session, owner) => session.call("erase_user", owner)],
    [
      "it synced another snapshot",
      (session, owner, [one]) => device(session, owner, "a", [one as string]),
    ],
    [
      "it merged",
      (session, owner, [, , , other]) => device(session, owner, "a", [other as string], "merge"),
    ],
  ];
  describe.each(BEHIND)("once %s", (_, behind) => {
    test("its mark is good for nothing, nor is a delta that was answered already", async () => {
      const [owner, phones] = [someone(), [aPhone(), aPhone(), aPhone(), aPhone()]];
      const [one, two, three] = phones as [string, string, string, string];
      const session = await open();
      const { sync_mark } = await device(session, owner, "a", [one, two]);
      const { sync_mark: next } = await delta(session, owner, "a", sync_mark, [three], []);
      await behind(session, owner, phones);
      const before = await bookOf(session, owner);
      for (const [mark, added] of [
        [sync_mark, [three]],
        [next, []],
        [next, [aPhone()]],
      ] as const) {
        await expect(delta(session, owner, "a", mark, added, [])).rejects.toMatchObject({
          code: "YC030",
        });
      }
      expect(await bookOf(session, owner)).toEqual(before);
    });
  });

  test("a snapshot that waits for another device's takes nothing of it away", async () => {
    const [owner, one, two, three] = [someone(), aPhone(), aPhone(), aPhone()];
    const [first, second] = [await open(), await open()];
    await device(first, owner, "a", [one, two]);
    await first.begin();
    await device(first, owner, "a", [two, three]);
    const other = device(second, owner, "b", [one]);
    await untilBlocked(database(), second);
    await first.commit();
    await other;
    expect(await bookOf(first, owner)).toEqual(sorted([one, two, three]));
  });

  test("a set that somebody has changed by hand is noticed", async () => {
    const [owner, one, two] = [someone(), aPhone(), aPhone()];
    const session = await open();
    const { sync_mark } = await device(session, owner, "a", [one, two]);
    await session.rows(
      "delete from contacts_with_accounts where owner_id = $1 and phone_key = $2",
      [owner, two],
    );
    await expect(delta(session, owner, "a", sync_mark, [], [two])).rejects.toMatchObject({
      code: "YC031",
    });
    await expect(delta(session, owner, "a", sync_mark, [one], [])).rejects.toMatchObject({
      code: "YC031",
    });
  });
});
