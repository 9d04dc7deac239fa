import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";
import { rowsWritten } from "../../support/written-rows.ts";

const [MARCH, MAY] = ["2024-03-01T00:00:00.000Z", "2024-05-01T00:00:00.000Z"];

describePostgres("changing contacts", (server) => {
  const { database, rows, row, value } = useSql(server);

  async function contact() {
    const owner = newUser();
    const [hash = "", other = ""] = newPhones(2);
    await rows("select sync_user_contacts($1, $2, 1)", owner, [hash, other]);
    return { owner, hash };
  }
  const favourite = "select * from set_contact_favorite($1, $2, $3)";
  const interaction = "select * from record_contact_interaction($1, $2, $3)";

  test("marks a favourite, and not", async () => {
    const { owner, hash } = await contact();
    expect(await row(favourite, owner, hash, true)).toMatchObject({
      phone_key: asKey(hash),
      is_favorite: true,
    });
    expect(await row("select favorites_count from summarize_contacts($1)", owner)).toEqual({
      favorites_count: "1",
    });
    expect(await row(favourite, owner, hash, false)).toMatchObject({ is_favorite: false });
  });

  test("writes nothing when the contact is so already", async () => {
    const { owner, hash } = await contact();
    await row(interaction, owner, hash, MAY);
    const written = await rowsWritten(database(), "contacts_with_accounts", async (client) => {
      await client.query(favourite, [owner, hash, false]);
      await client.query(interaction, [owner, hash, MAY]);
      await client.query(interaction, [owner, hash, MARCH]);
    });
    expect(written.n_tup_upd).toBe(0);
  });

  test("notes an interaction, of which the latest stays", async () => {
    const { owner, hash } = await contact();
    const note = async (at: string | null) =>
      (await row(interaction, owner, hash, at)).last_interaction;
    expect(await note(MARCH)).toEqual(new Date(MARCH));
    expect(await note(MAY)).toEqual(new Date(MAY));
    expect(await note(MARCH)).toEqual(new Date(MAY));
    const now = await note(null);
    expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    "infinity",
    "-infinity",
    new Date(Date.now() + 25 * 3_600_000).toISOString(),
  ])("refuses an interaction at %s", async (at) => {
    const { owner, hash } = await contact();
    expect((await refusalOf(row(interaction, owner, hash, at))).code).toBe("INVALID_ARGUMENT");
  });

  test("refuses a contact the owner does not have, and leaves no trace of the owner", async () => {
    const { hash } = await contact();
    const stranger = newUser();
    for (const [call, value] of [
      [favourite, true],
      [interaction, MAY],
    ]) {
      const { code, text } = await refusalOf(row(call as string, stranger, hash, value));
      expect(code).toBe("CONTACT_NOT_FOUND");
      expect(text).not.toContain(hash);
    }
    expect(
      await value("select count(*) from contact_sync_status where owner_id = $1", stranger),
    ).toBe("0");
  });

  test("deletes some, or all, of this owner only", async () => {
    const [one, other] = [newUser(), newUser()];
    const hashes = newPhones(3);
    for (const owner of [one, other]) {
      await rows("select sync_user_contacts($1, $2, 1)", owner, hashes);
    }
    const stored = (owner: string) =>
      value("select count(*)::integer from contacts_with_accounts where owner_id = $1", owner);

    expect(await value("select delete_contacts($1, $2)", one, [hashes[0], ...newPhones(1)])).toBe(
      1,
    );
    expect(await stored(one)).toBe(2);
    expect(await value("select delete_all_contacts($1)", one)).toBe(2);
    expect(await value("select delete_all_contacts($1)", one)).toBe(0);
    expect(await stored(other)).toBe(3);
  });
});
