import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../support/sql.ts";
import { hashOf, numberOf, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("forget_phone and lift_forgotten_phone", (server) => {
  const { rows, row, value } = useSql(server);
  const entryOf = (phone: string) =>
    row("select linked_user_id, verified_at from phones where phone_key = $1", phone);
  const forget = (phone: string) => value("select forget_phone($1)", phone);

  test("leave a number without a user, and tell the linker", async () => {
    const [phone = ""] = newPhones(1);
    expect(await forget(phone)).toBe(true);
    expect(await entryOf(phone)).toMatchObject({ linked_user_id: null });
    const queued = "select count(*)::integer from contact_sync_pending_links where phone_key = $1";
    expect(await value(queued, phone)).toBe(1);
  });

  test("again, it counts as forgotten now", async () => {
    const [phone = ""] = newPhones(1);
    await forget(phone);
    const { verified_at: first } = await entryOf(phone);
    expect(await forget(phone)).toBe(false);
    const { verified_at: second } = await entryOf(phone);
    expect(second.getTime()).toBeGreaterThanOrEqual(first.getTime());
    await rows("update phones set verified_at = '2020-01-01' where phone_key = $1", phone);
    expect(await forget(phone)).toBe(false);
    const { verified_at: third } = await entryOf(phone);
    expect(third.getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  test("refuse the number of a user, and change nothing", async () => {
    const [[phone = ""], user] = [newPhones(1), newUser()];
    await value("select link_phone($1, $2)", phone, user);
    const refused = await refusalOf(forget(phone));
    expect(refused.code).toBe("NUMBER_HAS_ACCOUNT");
    expect(refused.text).not.toContain(phone);
    expect(refused.text).not.toContain(user);
    expect(await entryOf(phone)).toMatchObject({ linked_user_id: user });
    expect(await value("select lift_forgotten_phone($1)", phone)).toBe(false);
    expect(await entryOf(phone)).toMatchObject({ linked_user_id: user });
  });

  test("a newer verification takes the number over, an older one is outdated", async () => {
    const [[phone = "", other = ""], user] = [newPhones(2), newUser()];
    await forget(phone);
    await forget(other);
    const outdated = await row(
      "select * from link_phones($1, $2, $3)",
      [phone, other],
      [user, user],
      ["2020-01-01", null],
    );
    expect(outdated).toEqual({ phones_linked: 1, phones_unchanged: 0, outdated_positions: [0] });
    expect(await entryOf(phone)).toMatchObject({ linked_user_id: null });
    expect(await entryOf(other)).toMatchObject({ linked_user_id: user });
    const refused = await refusalOf(value("select link_phone($1, $2, '2020-01-01')", phone, user));
    expect(refused.code).toBe("VERIFICATION_OUTDATED");
  });

  test("a verification of the very moment of the forgetting is no newer", async () => {
    const [[phone = ""], user] = [newPhones(1), newUser()];
    await forget(phone);
    const outdated = await row(
      "select * from link_phones($1, $2, array(select verified_at from phones where phone_key = ($1::uuid[])[1]))",
      [phone],
      [user],
    );
    expect(outdated).toEqual({ phones_linked: 0, phones_unchanged: 0, outdated_positions: [0] });
  });

  test("is told from a number of any user, whatever their id", async () => {
    const [[phone = ""], owner] = [newPhones(1), newUser()];
    const last = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    await value("select link_phone($1, $2)", phone, last);
    expect(
      await row(
        "select contacts_inserted, matched_user_ids from sync_phone_keys($1, $2, 1)",
        owner,
        [phone],
      ),
    ).toEqual({ contacts_inserted: 1, matched_user_ids: [last] });
    await value("select unlink_phone($1)", phone);
  });

  test("a sync charges nothing for it, and what it would have cost gives nothing", async () => {
    const [[stored = "", phone = "", ...more], owner] = [newPhones(5), newUser()];
    const sync = (...phones: string[]) =>
      row(
        "select contacts_inserted, budget_remaining, budget_reset from sync_phone_keys($1, $2, 1)",
        owner,
        phones.toSorted(),
      );
    for (const each of [phone, ...more]) await forget(each);
    expect(await sync(phone)).toEqual({
      contacts_inserted: 0,
      budget_remaining: 12_000,
      budget_reset: 0,
    });
    expect(await sync(stored, ...more)).toMatchObject({
      contacts_inserted: 1,
      budget_remaining: 11_999,
    });
    const spent = () =>
      value("select new_numbers_spent::float8 from contact_sync_status where owner_id = $1", owner);
    const before = await spent();
    expect(before).toBeGreaterThan(0);
    await value("select set_new_number_budget(0)");
    try {
      expect(await sync(stored, ...more)).toMatchObject({ budget_remaining: null });
      expect(await spent()).toBe(before);
    } finally {
      await value("select set_new_number_budget(20000)");
    }
  });

  test("unlinking and erasing leave a forgotten number forgotten", async () => {
    const [[phone = ""], user] = [newPhones(1), newUser()];
    await forget(phone);
    expect(await value("select unlink_phone($1, $2)", phone, user)).toBe(false);
    expect(await value("select unlink_phones($1)", [phone])).toBe(0);
    await rows("select erase_user($1)", user);
    expect(await entryOf(phone)).toMatchObject({ linked_user_id: null });
    expect(await value("select lift_forgotten_phone($1)", phone)).toBe(true);
    expect(await value("select lift_forgotten_phone($1)", phone)).toBe(false);
    expect(await rows("select from phones where phone_key = $1", phone)).toEqual([]);
  });

  test("take it out of the choices that are kept, and of what waits to be told", async () => {
    const [[phone = "", other = ""], owner, user] = [newPhones(2), newUser(), newUser()];
    await rows("select set_webhooks(true)");
    const item = (phone_hash: string) => ({ owner_id: owner, phone_hash, is_favorite: true });
    await rows("select bulk_insert_contacts($1)", JSON.stringify([item(phone), item(other)]));
    await rows("select link_phones($1, $2)", [phone, other], [user, user]);
    await rows("select link_pending_phones()");
    await rows("select unlink_phones($1)", [[phone, other]].flat());
    await rows("select sync_phone_keys($1, '{}', 0, 500, 'replace', true)", owner);
    const kept = "select phone_key::text as key from contact_sync_kept_choices where owner_id = $1";
    const told = "select is_link from contact_sync_outbox where phone_key = $1";
    expect(await rows(kept, owner)).toHaveLength(2);
    expect(await rows(told, phone)).toContainEqual({ is_link: true });
    await forget(phone);
    expect((await rows(kept, owner)).map(({ key }) => key.replaceAll("-", ""))).toEqual([other]);
    expect(await rows(told, phone)).not.toContainEqual({ is_link: true });
    expect(await rows(told, other)).toContainEqual({ is_link: true });

    // What a sync that was under way has put aside since goes with the next cleaning up.
    await rows(
      "insert into contact_sync_kept_choices (owner_id, phone_key, removed_at, is_favorite) values ($1, $2, now(), true)",
      owner,
      phone,
    );
    await rows("select clean_up_contact_sync()");
    expect((await rows(kept, owner)).map(({ key }) => key.replaceAll("-", ""))).toEqual([other]);
  });

  test("relink_phones finds those who still hold a number that was forgotten", async () => {
    const [[phone = ""], owner] = [newPhones(1), newUser()];
    await rows("select link_pending_phones()");
    await rows(
      "select bulk_insert_contacts($1)",
      JSON.stringify([{ owner_id: owner, phone_hash: phone }]),
    );
    // By hand: the linker knows nothing of it.
    await rows("insert into phones (phone_key, verified_at) values ($1, now())", phone);
    const faults = await rows("select code from check_contact_sync() where code = 'LINKS_STALE'");
    expect(faults).toHaveLength(1);
    expect(await row("select numbers_found from relink_phones()")).toEqual({ numbers_found: "1" });
  });
});

describePostgres("forgetNumber and liftNumber", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("forget a number, by itself or by its hash, until it is lifted or verified", async () => {
    expect(await contactSync().forgetNumber(numberOf(1))).toBe(true);
    expect(await contactSync().forgetNumber(hashOf(1))).toBe(false);
    expect(
      await contactSync().liftNumber(numberOf(1).replace("+20", "0"), { defaultRegion: "EG" }),
    ).toBe(true);
    expect(await contactSync().liftNumber(hashOf(1))).toBe(false);

    await contactSync().forgetNumber(numberOf(1).slice(1), { international: true });
    const user = randomUUID();
    await refusal(
      contactSync().link(user, numberOf(1), { verifiedAt: "2020-01-01" }),
      "VERIFICATION_OUTDATED",
    );
    expect(await contactSync().link(user, numberOf(1))).toBe(true);
    await refusal(contactSync().forgetNumber(numberOf(1)), "NUMBER_HAS_ACCOUNT");
  });

  test("create stores no contact with it, and says so", async () => {
    const contact = { owner_id: newUser(), phone_hash: hashOf(66) };
    await contactSync().forgetNumber(numberOf(66));
    await refusal(contactSync().create(contact), "CONTACT_NOT_FOUND");
    await contactSync().liftNumber(numberOf(66));
    expect(await contactSync().create(contact)).toMatchObject(contact);
  });

  test("take links that were stored away", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, [numberOf(7)], 1);
    await contactSync().link(user, numberOf(7));
    await database().pool.query(
      "select unlink_phones(array(select phone_key from phones where linked_user_id = $1))",
      [user],
    );
    await contactSync().forgetNumber(numberOf(7));
    const stored =
      "select from contacts_with_accounts where owner_id = $1 and linked_user_id is not null";
    expect((await database().pool.query(stored, [owner])).rows).toEqual([]);
  });
});
