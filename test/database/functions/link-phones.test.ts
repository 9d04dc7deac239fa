import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { asKey, newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

const [MARCH, MAY] = ["2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z"];

describePostgres("linking numbers", (server) => {
  const { rows, row, value } = useSql(server);

  const entry = (hash: string) =>
    rows("select linked_user_id, verified_at from phones where phone_key = $1", hash);
  const pending = (hash: string) =>
    value("select count(*)::integer from contact_sync_pending_links where phone_key = $1", hash);
  const onePhone = () => newPhones(1)[0] as string;

  test("enters one, and queues it for the linker", async () => {
    const [hash, user] = [onePhone(), newUser()];
    expect(await value("select link_phone($1, $2, $3)", hash, user, MARCH)).toBe(true);
    expect(await entry(hash)).toEqual([{ linked_user_id: user, verified_at: new Date(MARCH) }]);
    expect(await pending(hash)).toBe(1);
  });

  test("verifies it now where no time is given", async () => {
    const hash = onePhone();
    const before = await value("select clock_timestamp()::text");
    await rows("select link_phone($1, $2)", hash, newUser());
    const isNow = await value(
      "select verified_at between $2 and clock_timestamp() from phones where phone_key = $1",
      hash,
      before,
    );
    expect(isNow).toBe(true);
  });

  test("a newer verification takes a number over", async () => {
    const [hash, before, after] = [onePhone(), newUser(), newUser()];
    await rows("select link_phone($1, $2, $3)", hash, before, MARCH);
    expect(await value("select link_phone($1, $2, $3)", hash, after, MAY)).toBe(true);
    expect(await entry(hash)).toEqual([{ linked_user_id: after, verified_at: new Date(MAY) }]);
  });

  test.each([
    ["an older one", MARCH],
    ["one of the same moment by somebody else", MAY],
  ])("%s is refused", async (_, verifiedAt) => {
    const [hash, holder] = [onePhone(), newUser()];
    await rows("select link_phone($1, $2, $3)", hash, holder, MAY);
    const { code, text } = await refusalOf(
      rows("select link_phone($1, $2, $3)", hash, newUser(), verifiedAt),
    );
    expect(code).toBe("VERIFICATION_OUTDATED");
    expect(text).not.toContain(hash);
    expect(await entry(hash)).toEqual([{ linked_user_id: holder, verified_at: new Date(MAY) }]);
  });

  test("what is on record already changes and queues nothing", async () => {
    const [hash, user] = [onePhone(), newUser()];
    await rows("select link_phone($1, $2, $3)", hash, user, MAY);
    expect(await value("select link_phone($1, $2, $3)", hash, user, MAY)).toBe(false);
    expect(await pending(hash)).toBe(1);
  });

  test("many at once: new, taken over, unchanged, refused, repeated", async () => {
    const [holder, other] = [newUser(), newUser()];
    const hashes = newPhones(5);
    const [fresh = "", taken = "", same = "", newer = "", repeated = ""] = hashes;
    await rows(
      "select link_phones($1, $2, $3)",
      [taken, same, newer],
      [holder, holder, holder],
      [MARCH, MARCH, MAY],
    );
    const result = await row(
      "select * from link_phones($1, $2, $3)",
      [newer, fresh, taken, same, repeated, repeated],
      [other, other, other, holder, other, holder],
      [MARCH, MARCH, MAY, MARCH, MAY, MARCH],
    );
    expect(result).toEqual({
      phones_linked: 3,
      phones_unchanged: 2, // "same", and one of "repeated"
      outdated_positions: [0],
    });
    const found = await rows(
      "select phone_key, linked_user_id from phones where phone_key = any ($1) order by 1",
      hashes,
    );
    expect(found).toEqual([
      { phone_key: asKey(fresh), linked_user_id: other },
      { phone_key: asKey(taken), linked_user_id: other },
      { phone_key: asKey(same), linked_user_id: holder },
      { phone_key: asKey(newer), linked_user_id: holder },
      { phone_key: asKey(repeated), linked_user_id: other }, // the newest, not the last
    ]);
  });

  test("of equal verifications in one call the last wins", async () => {
    const [hash, first, last] = [onePhone(), newUser(), newUser()];
    await rows("select link_phones($1, $2, $3)", [hash, hash], [first, last], [MAY, MAY]);
    expect(await entry(hash)).toMatchObject([{ linked_user_id: last }]);
  });

  test.each([
    "infinity",
    "-infinity",
    new Date(Date.now() + 25 * 3_600_000).toISOString(), // a day is a clock that is wrong
  ])("a time of %s is refused: nobody could take the number over", async (verifiedAt) => {
    const hash = onePhone();
    const { code } = await refusalOf(
      rows("select link_phone($1, $2, $3)", hash, newUser(), verifiedAt),
    );
    expect(code).toBe("INVALID_ARGUMENT");
    expect(await entry(hash)).toEqual([]);
  });

  test("arrays of different lengths are refused", async () => {
    const [hash, user] = [onePhone(), newUser()];
    for (const [hashes, users, times] of [
      [[hash], [], null],
      [[hash], [user, user], null],
      [[hash], [user], []],
    ]) {
      const { code } = await refusalOf(
        rows("select link_phones($1, $2, $3)", hashes, users, times),
      );
      expect(code).toBe("INVALID_ARGUMENT");
    }
  });

  test("unlinking takes a number out, once, and queues it", async () => {
    const hash = onePhone();
    await rows("select link_phone($1, $2)", hash, newUser());
    expect(await value("select unlink_phone($1)", hash)).toBe(true);
    expect(await entry(hash)).toEqual([]);
    expect(await pending(hash)).toBe(2);
    expect(await value("select unlink_phone($1)", hash)).toBe(false);
    expect(await pending(hash)).toBe(2);
  });

  test("unlinking for a user leaves what somebody else has verified since", async () => {
    const [one = "", other = ""] = newPhones(2);
    const [late, holder] = [newUser(), newUser()];
    await rows("select link_phones($1, $2)", [one, other], [holder, late]);
    expect(await value("select unlink_phone($1, $2)", one, late)).toBe(false);
    expect(await value("select unlink_phones($1, $2)", [one, other], [late, late])).toBe(1);
    expect(await entry(one)).toMatchObject([{ linked_user_id: holder }]);
    expect(await entry(other)).toEqual([]);
    const unequal = rows("select unlink_phones($1, $2)", [one, other], [late]);
    expect((await refusalOf(unequal)).code).toBe("INVALID_ARGUMENT");
  });
});
