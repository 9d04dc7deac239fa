import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

describePostgres("erase_user", (server) => {
  const { rows, row, value } = useSql(server);

  const bulkInsert = (...contacts: object[]) =>
    rows("select bulk_insert_contacts($1)", JSON.stringify(contacts));

  /** Somebody with a book, two numbers, a history, and links to them in a friend's book. */
  async function knownUser() {
    const [user, friend] = [newUser(), newUser()];
    const [number = "", second = "", third = "", ...book] = newPhones(6);
    await rows("select link_phones($1, $2)", [number, second], [user, user]);
    await bulkInsert(
      { owner_id: friend, phone_hash: number, is_favorite: true },
      { owner_id: friend, phone_hash: third, linked_user_id: user, is_favorite: true },
    );
    await rows("select sync_user_contacts($1, $2, 3)", user, book);
    await rows(
      "select contact_sync_stream_chunk($1, gen_random_uuid(), $2, p_stage => true)",
      user,
      book,
    );
    await rows("select contact_sync_record_failure($1, 3, 'merge', 500, 10, 'INTERNAL')", user);
    return { user, friend, number };
  }

  /** Every row of every table in which the user's id stands, in whatever column. */
  async function traces(user: string): Promise<string[]> {
    const tables = await rows(
      "select oid::regclass::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    const found = await Promise.all(
      tables.map(async ({ name }) =>
        (await rows(`select from ${name} t where t::text like '%' || $1 || '%'`, user)).map(
          () => name as string,
        ),
      ),
    );
    return found.flat();
  }

  test("leaves no trace of them once the linker was round", async () => {
    const { user, friend } = await knownUser();
    expect([...new Set(await traces(user))].sort()).toEqual([
      "contact_sync_runs",
      "contact_sync_staged_keys",
      "contact_sync_status",
      "contact_sync_streams",
      "contacts_with_accounts",
      "phones",
    ]);

    expect(await row("select * from erase_user($1)", user)).toEqual({
      contacts_deleted: 3,
      phones_unlinked: 2,
      given_links_removed: 1,
      runs_folded: 2,
    });
    // The directory's link in the friend's book is left for the linker, and no read shows it.
    expect(await traces(user)).toEqual(["contacts_with_accounts"]);
    expect(await rows("select from list_contacts($1, p_linked_only => true)", friend)).toEqual([]);
    await rows("select link_pending_phones()");
    expect(await traces(user)).toEqual([]);
  });

  test("leaves the friend's contacts, and what they marked", async () => {
    const { user, friend } = await knownUser();
    await rows("select erase_user($1)", user);
    expect(await rows("select is_favorite from list_contacts($1)", friend)).toEqual([
      { is_favorite: true },
      { is_favorite: true },
    ]);
    expect(
      await value("select contacts_count from contact_sync_status where owner_id = $1", friend),
    ).toBe(2);
  });

  test("keeps their syncs as a day's counts", async () => {
    const statistics = "select * from contact_sync_stats";
    const { user } = await knownUser();
    const before = await rows(statistics);
    await rows("select erase_user($1)", user);
    expect(await rows(statistics)).toEqual(before);
  });

  test("frees their number, for themselves or somebody else", async () => {
    const { user, number } = await knownUser();
    await rows("select erase_user($1)", user);
    // A verification that is older than the erased one is as good as any now.
    expect(await value("select link_phone($1, $2, '2020-01-01')", number, newUser())).toBe(true);
  });

  test("twice, or of somebody unknown, does nothing", async () => {
    const { user } = await knownUser();
    await rows("select erase_user($1)", user);
    await rows("select link_pending_phones()");
    for (const id of [user, newUser()]) {
      expect(await row("select * from erase_user($1)", id)).toEqual({
        contacts_deleted: 0,
        phones_unlinked: 0,
        given_links_removed: 0,
        runs_folded: 0,
      });
      expect(await traces(id)).toEqual([]);
    }
  });
});
