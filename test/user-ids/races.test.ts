import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { describePostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { numberOf, useContactSync } from "../support/use-contact-sync.ts";
import { waitingForLocks } from "../support/waiting.ts";

describePostgres("an id that goes while somebody names its user", (server) => {
  const { contactSync, database } = useContactSync(server, { userIds: "text" });
  const rows = async (text: string, values: unknown[] = []) =>
    (await database().pool.query(text, values)).rows;
  const ids = async () =>
    (await rows("select id_text from contact_sync_users order by 1")).map((row) => row.id_text);
  const waits = () =>
    until("it waits for a lock", async () => (await waitingForLocks(database())).length > 0);

  test("a sync that waits for its owner's erasure writes the id anew", async () => {
    await contactSync().syncContacts("owner", [numberOf(1)], 1);
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select erase_user(find_user('owner'))");
      const sync = contactSync().syncContacts("owner", [numberOf(2)], 1);
      await waits();
      await client.query("commit");
      expect(await sync).toMatchObject({ contacts_inserted: 1 });
    } finally {
      client.release();
    }
    expect(await ids()).toEqual(["owner"]);
    await contactSync().eraseUser("owner");
    expect(await ids()).toEqual([]);
  });

  test("one that nothing named stays while a link to its user is open", async () => {
    await contactSync().link("user", numberOf(3));
    await contactSync().unlink(numberOf(3));
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      // As the library's statement does, of a user whose id is there.
      await client.query(
        `select from link_phone(gen_random_uuid(), find_user('user'))
          where contact_sync_name_users(array[find_user('user')], array['user'])`,
      );
      await contactSync().applyRetention();
      expect(await ids()).toEqual(["user"]);
      await client.query("commit");
    } finally {
      client.release();
    }
    await contactSync().applyRetention();
    expect(await ids()).toEqual(["user"]);
  });

  test("a failure that is written after the erasure leaves none", async () => {
    await contactSync().syncContacts("fails", [numberOf(4)], 1);
    const [{ id }] = await rows("select find_user('fails') as id");
    await contactSync().eraseUser("fails");
    await rows(
      `select from contact_sync_record_failure($1, 1, 'merge', 500, 60000, 'TIMED_OUT')
        where contact_sync_name_users(array[$1::uuid], array['fails'])`,
      [id],
    );
    expect(await ids()).not.toContain("fails");
  });

  test("is written once by many who name it at once, for the first time or after an erasure", async () => {
    const calls = 8;
    for (let round = 0; round < runs(40); round += 1) {
      const user = `many ${round % 10}`;
      await Promise.all(
        Array.from({ length: calls }, (_, place) =>
          contactSync().link(user, numberOf(100 + round * calls + place)),
        ),
      );
      expect((await ids()).filter((id) => id === user)).toHaveLength(1);
      await contactSync().eraseUser(user);
    }
  });
});
