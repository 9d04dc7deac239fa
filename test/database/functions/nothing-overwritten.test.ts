import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

const LAST_MAY = "2024-05-01T10:00:00.000Z";

describePostgres("nobody's data is overwritten", (server) => {
  const { rows, row } = useSql(server);

  const bulkInsert = (...contacts: object[]) =>
    row("select * from bulk_insert_contacts($1)", JSON.stringify(contacts));
  const contact = (owner: string) =>
    row(
      `select is_favorite, last_interaction, linked_user_id, link_given
         from contacts_with_accounts where owner_id = $1`,
      owner,
    );
  const onePhone = () => newPhones(1)[0] as string;

  /** A contact with every field set, the link given. */
  async function fullContact() {
    const [owner, friend, phone_hash] = [newUser(), newUser(), onePhone()];
    await bulkInsert({
      owner_id: owner,
      phone_hash,
      is_favorite: true,
      linked_user_id: friend,
      last_interaction: LAST_MAY,
    });
    const stored = {
      is_favorite: true,
      last_interaction: new Date(LAST_MAY),
      linked_user_id: friend,
      link_given: true,
    };
    return { owner, friend, phone_hash, stored };
  }

  test.each([
    ["sync", "select sync_user_contacts($1, $2, 1)"],
    ["replacing sync", "select sync_phone_keys($1, $2::uuid[], 1, p_mode => 'replace')"],
    ["chunk of a stream", "select contact_sync_stream_chunk($1, gen_random_uuid(), $2::uuid[])"],
  ])("a %s touches no favourite, interaction or given link", async (_, call) => {
    const { owner, phone_hash, stored } = await fullContact();
    await rows(call, owner, [phone_hash]);
    expect(await contact(owner)).toEqual(stored);
  });

  test("a sync that changes the link keeps favourite and interaction", async () => {
    const { owner, phone_hash, stored } = await fullContact();
    const joined = newUser();
    await rows("select link_phone($1, $2)", phone_hash, joined);
    await rows("select sync_user_contacts($1, $2, 1)", owner, [phone_hash]);
    expect(await contact(owner)).toEqual({ ...stored, linked_user_id: joined, link_given: false });
  });

  test.each([
    ["absent", {}],
    ["null", { is_favorite: null, linked_user_id: null, last_interaction: null }],
  ])("a bulk insert whose fields are %s keeps what is stored", async (_, fields) => {
    const { owner, phone_hash, stored } = await fullContact();
    const result = await bulkInsert({ owner_id: owner, phone_hash, ...fields });
    expect(result).toMatchObject({ contacts_unchanged: 1, matched_contacts: 1 });
    expect(await contact(owner)).toEqual(stored);
  });

  test.each([
    { is_favorite: false },
    { last_interaction: "2025-01-01T00:00:00.000Z" },
    { linked_user_id: newUser() },
  ])("a bulk insert changes the field it gives and no other: %o", async (field) => {
    const { owner, phone_hash, stored } = await fullContact();
    const result = await bulkInsert({ owner_id: owner, phone_hash, ...field });
    expect(result).toMatchObject({ contacts_updated: 1 });
    const { last_interaction } = field;
    expect(await contact(owner)).toEqual({
      ...stored,
      ...field,
      ...(last_interaction === undefined ? {} : { last_interaction: new Date(last_interaction) }),
    });
  });

  test("a null link means: look the number up", async () => {
    const [owner, friend, phone_hash] = [newUser(), newUser(), onePhone()];
    await rows("select link_phone($1, $2)", phone_hash, friend);
    await bulkInsert({ owner_id: owner, phone_hash, linked_user_id: null });
    expect(await contact(owner)).toMatchObject({ linked_user_id: friend, link_given: false });
  });

  test("a given link does not stand against the directory", async () => {
    const [owner, friend, phone_hash] = [newUser(), newUser(), onePhone()];
    await rows("select link_phone($1, $2)", phone_hash, friend);
    const result = await bulkInsert({ owner_id: owner, phone_hash, linked_user_id: newUser() });
    expect(result.matched_contacts).toBe(1);
    expect(await contact(owner)).toMatchObject({ linked_user_id: friend, link_given: false });
  });

  test.each([
    ["the linker", "select link_pending_phones()"],
    ["a bulk insert", null],
  ])("a given link gives way when somebody verifies the number: %s", async (_, call) => {
    const { owner, phone_hash } = await fullContact();
    const joined = newUser();
    await rows("select link_phone($1, $2)", phone_hash, joined);
    if (call === null) await bulkInsert({ owner_id: owner, phone_hash });
    else await rows(call);
    expect(await contact(owner)).toMatchObject({ linked_user_id: joined, link_given: false });
  });

  test("a given link stays when the linker passes a number that nobody has", async () => {
    const { owner, phone_hash, stored } = await fullContact();
    const passing = newUser();
    await rows("select link_phone($1, $2)", phone_hash, passing);
    await rows("select unlink_phone($1, $2)", phone_hash, passing);
    await rows("select link_pending_phones()");
    expect(await contact(owner)).toEqual(stored);
  });

  test("a link to oneself is none", async () => {
    const [owner, phone_hash] = [newUser(), onePhone()];
    const result = await bulkInsert({ owner_id: owner, phone_hash, linked_user_id: owner });
    expect(result.matched_contacts).toBe(0);
    expect(await contact(owner)).toMatchObject({ linked_user_id: null, link_given: false });
  });
});
