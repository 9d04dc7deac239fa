import { expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { aPhone, type Session, someone, untilBlocked, useSessions } from "./session.ts";

// A part that is being staged when its session ends goes with it.
describePostgres("a part in flight", (server) => {
  const database = useDatabase(server);
  const open = useSessions(database);

  const begin = async (session: Session, owner: string) =>
    (
      await session.call<{ contact_sync_begin_session: string }>(
        "contact_sync_begin_session",
        owner,
        "phone",
        "replace",
        1,
      )
    ).contact_sync_begin_session;
  const ENDS: [how: string, end: (session: Session, owner: string) => Promise<unknown>][] = [
    ["the owner is erased", (session, owner) => session.call("erase_user", owner)],
    ["the device begins another", begin],
    [
      "the device is forgotten",
      (session, owner) => session.call("forget_sync_device", owner, "phone"),
    ],
  ];

  test.each(ENDS)("is gone with its session when %s", async (_, end) => {
    const owner = someone();
    const [one, two] = [await open(), await open()];
    await one.call("sync_phone_keys", owner, [aPhone()], 1, 500, "replace", true, true, "phone");
    const id = await begin(one, owner);
    await one.begin();
    await one.call("contact_sync_stage_part", owner, id, 0, [aPhone()]);
    const ending = end(two, owner);
    await untilBlocked(database(), two);
    await one.commit();
    await ending;
    expect(
      await one.rows(
        "select from contact_sync_session_parts where owner_id = $1 and session_id = $2",
        [owner, id],
      ),
    ).toEqual([]);
  });

  test("a commit that is asked for again and again ends the session", async () => {
    const [owner, session] = [someone(), await open()];
    const id = await begin(session, owner);
    const ask = () =>
      session.call<{ missing_parts: number[] }>("contact_sync_session_keys", owner, id, 3);
    await session.call("contact_sync_stage_part", owner, id, 1, [aPhone()]);
    await session.call("contact_sync_stage_part", owner, id, 5, [aPhone()]);
    for (let time = 0; time < 10; time++) {
      expect(await ask()).toMatchObject({
        missing_parts: [0, 2],
        surplus_parts: [5],
        phone_keys: null,
      });
    }
    await expect(ask()).rejects.toMatchObject({ code: "YC032" });
  });
});
