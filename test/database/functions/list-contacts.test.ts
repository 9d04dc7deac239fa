import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

describePostgres("reading contacts", (server) => {
  const { database, rows, row } = useSql(server);

  const list = async (owner: string, options: object = {}) => {
    const names = Object.keys(options).map((name, index) => `, ${name} => $${index + 2}`);
    const found = await rows(
      `select * from list_contacts($1${names.join("")})`,
      owner,
      ...Object.values(options),
    );
    return found.map(({ phone_key }) => phone_key.replaceAll("-", ""));
  };

  async function book(size: number) {
    const owner = newUser();
    const hashes = newPhones(size);
    await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    return { owner, hashes };
  }

  test("pages follow one another without a gap or a repeat", async () => {
    const { owner, hashes } = await book(7);
    const seen: string[] = [];
    let after: string | null = null;
    for (const size of [3, 3, 1]) {
      const page: string[] = await list(owner, { p_limit: 3, p_after_phone_key: after });
      expect(page).toHaveLength(size);
      seen.push(...page);
      after = page.at(-1) ?? null;
    }
    expect(seen).toEqual(hashes);
    expect(await list(owner, { p_limit: 3, p_after_phone_key: after })).toEqual([]);
  });

  test("a page goes on where it was, also when its last contact is deleted", async () => {
    const { owner, hashes } = await book(4);
    await rows("select delete_contacts($1, $2)", owner, [hashes[1]]);
    expect(await list(owner, { p_after_phone_key: hashes[1] })).toEqual(hashes.slice(2));
  });

  test("the lowest key there is is on the first page", async () => {
    const owner = newUser();
    const hashes = ["0".repeat(32), "f".repeat(32)];
    await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    expect(await list(owner)).toEqual(hashes);
    expect(await list(owner, { p_after_phone_key: hashes[0] })).toEqual([hashes[1]]);
  });

  test("100 a page unless said otherwise, at most 1,000", async () => {
    const { owner, hashes } = await book(1_001);
    expect(await list(owner)).toEqual(hashes.slice(0, 100));
    expect(await list(owner, { p_limit: 1_000 })).toEqual(hashes.slice(0, 1_000));
    for (const limit of [0, -1, 1_001]) {
      expect((await refusalOf(list(owner, { p_limit: limit }))).code).toBe("INVALID_ARGUMENT");
    }
  });

  test("narrowed to few of a large book, or counted, they cost what those few do", async ({
    skip,
  }) => {
    skip(server.onCitus, "each node counts what it reads of its own shards");
    const { owner, hashes } = await book(5_000);
    await rows("select link_phones($1, $2)", hashes.slice(0, 2), [newUser(), newUser()]);
    await rows("select link_pending_phones()");
    await rows("select set_contact_favorite($1, $2, true)", owner, hashes[9]);
    await rows("analyze contacts_with_accounts, phones, contact_sync_status");
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      const read = async () => {
        const { rows: found } = await client.query(
          `select sum(seq_tup_read + idx_tup_fetch)::integer as read
             from pg_stat_xact_user_tables where relname = 'contacts_with_accounts'`,
        );
        return found[0].read;
      };
      for (const call of [
        "list_contacts($1, p_linked_only => true)",
        "list_contacts($1, p_favorites_only => true)",
        "list_contacts($1, p_linked_only => true, p_favorites_only => true)",
        "summarize_contacts($1)",
      ]) {
        const before = await read();
        await client.query(`select from ${call}`, [owner]);
        expect((await read()) - before, call).toBeLessThan(50);
      }
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  test("linked ones, favourites, and both", async () => {
    const { owner, hashes } = await book(4);
    const [plain = "", linked = "", favourite = "", both = ""] = hashes;
    await rows("select link_phones($1, $2)", [linked, both], [newUser(), newUser()]);
    await rows("select link_pending_phones()");
    for (const hash of [favourite, both]) {
      await rows("select set_contact_favorite($1, $2, true)", owner, hash);
    }
    expect(await list(owner, { p_linked_only: true })).toEqual([linked, both]);
    expect(await list(owner, { p_favorites_only: true })).toEqual([favourite, both]);
    expect(await list(owner, { p_linked_only: true, p_favorites_only: true })).toEqual([both]);
    expect(await list(owner, { p_linked_only: true, p_after_phone_key: linked })).toEqual([both]);
    expect(await list(owner)).toContain(plain);
    expect(await row("select * from summarize_contacts($1)", owner)).toEqual({
      contacts_count: "4",
      linked_count: "2",
      favorites_count: "2",
    });
  });

  test("finding one by its key; a stranger is no row", async () => {
    const { owner, hashes } = await book(1);
    const [hash = ""] = hashes;
    const contact = {
      phone_key: asKey(hash),
      linked_user_id: null,
      is_favorite: false,
      last_interaction: null,
      created_at: expect.any(Date),
      updated_at: expect.any(Date),
    };
    const find = (given: string) => rows("select * from find_contact($1, $2)", owner, given);
    expect(await find(hash)).toEqual([contact]);
    expect(await find(asKey(hash).toUpperCase())).toEqual([contact]);
    expect(await find(newPhones(1)[0] as string)).toEqual([]);
  });

  test("of somebody unknown are none", async () => {
    expect(await list(newUser())).toEqual([]);
    expect(await row("select * from summarize_contacts($1)", newUser())).toEqual({
      contacts_count: "0",
      linked_count: "0",
      favorites_count: "0",
    });
  });
});
