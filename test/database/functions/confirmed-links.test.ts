import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

// The linker never comes round in this file: what is stored is out of date on purpose.
describePostgres("a link is shown only while the directory confirms it", (server) => {
  const { rows, row, value } = useSql(server);

  const shown = async (owner: string, hash: string) => {
    const found = await row("select linked_user_id from find_contact($1, $2)", owner, hash);
    const listed = await row("select linked_user_id from list_contacts($1)", owner);
    const linked = await rows("select from list_contacts($1, p_linked_only => true)", owner);
    const { linked_count } = await row("select * from summarize_contacts($1)", owner);
    const marked = await row(
      "select linked_user_id from set_contact_favorite($1, $2, true)",
      owner,
      hash,
    );
    const user = found.linked_user_id;
    expect([listed.linked_user_id, marked.linked_user_id]).toEqual([user, user]);
    expect([linked.length, Number(linked_count)]).toEqual(user === null ? [0, 0] : [1, 1]);
    return user;
  };
  const stored = (owner: string) =>
    value("select linked_user_id from contacts_with_accounts where owner_id = $1", owner);

  async function linkedContact() {
    const [owner, friend] = [newUser(), newUser()];
    const [hash = ""] = newPhones(1);
    await rows("select link_phone($1, $2)", hash, friend);
    await rows("select sync_user_contacts($1, $2, 1)", owner, [hash]);
    expect(await shown(owner, hash)).toBe(friend);
    return { owner, friend, hash };
  }

  test("unlinking takes effect at once", async () => {
    const { owner, friend, hash } = await linkedContact();
    await rows("select unlink_phone($1)", hash);
    expect(await shown(owner, hash)).toBeNull();
    expect(await stored(owner)).toBe(friend);
  });

  test("so does erasing the friend", async () => {
    const { owner, friend, hash } = await linkedContact();
    await rows("select erase_user($1)", friend);
    expect(await shown(owner, hash)).toBeNull();
    expect(await stored(owner)).toBe(friend);
  });

  test("a number that changed hands shows neither user before the linker", async () => {
    const { owner, friend, hash } = await linkedContact();
    await rows("select link_phone($1, $2)", hash, newUser());
    expect(await shown(owner, hash)).toBeNull();
    expect(await stored(owner)).toBe(friend);
  });

  test("a given link is shown until somebody verifies the number", async () => {
    const [owner, friend] = [newUser(), newUser()];
    const [phone_hash = ""] = newPhones(1);
    const contact = { owner_id: owner, phone_hash, linked_user_id: friend };
    await rows("select bulk_insert_contacts($1)", JSON.stringify([contact]));
    expect(await shown(owner, phone_hash)).toBe(friend);
    await rows("select link_phone($1, $2)", phone_hash, newUser());
    expect(await shown(owner, phone_hash)).toBeNull();
  });

  test("a sync reports what the directory says now", async () => {
    const { owner, hash } = await linkedContact();
    const heir = newUser();
    await rows("select link_phone($1, $2)", hash, heir);
    const result = await row("select * from sync_user_contacts($1, $2, 1)", owner, [hash]);
    expect(result).toMatchObject({ matched_contacts: 1, matched_user_ids: [heir] });
    expect(await shown(owner, hash)).toBe(heir);
  });
});
