import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("unlink", (server) => {
  const { contactSync, database } = useContactSync(server);
  const [owner, user] = [randomUUID(), randomUUID()];
  const linked = async () => (await contactSync().summarizeContacts(owner)).linked_count;

  beforeEach(async () => {
    await contactSync().syncContacts(owner, numbers(3), 3);
    await contactSync().linkMany(numbers(3).map((phoneNumber) => ({ userId: user, phoneNumber })));
  });

  test("takes one number out, in any notation", async () => {
    expect(await contactSync().unlink("0100 000 0001", { defaultRegion: "EG" })).toBe(1);
    expect(await linked()).toBe(2);
    expect(await contactSync().unlink(hashOf(1))).toBe(0);
  });

  test("takes many out, each once, and brings the stored links up to date", async () => {
    expect(await contactSync().unlink([hashOf(0), numberOf(0), numberOf(2), numberOf(99)])).toBe(2);
    expect(await linked()).toBe(1);
    const { rows } = await database().pool.query(
      "select count(linked_user_id)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    expect(rows).toEqual([{ stored: 1 }]);
    expect(await contactSync().unlink([])).toBe(0);
  });

  test("of a user's, leaves what somebody else has verified since", async () => {
    const heir = randomUUID();
    await contactSync().link(heir, numberOf(0));
    expect(await contactSync().unlink(numbers(3), { userId: user })).toBe(2);
    expect(await contactSync().findContact(owner, hashOf(0))).toMatchObject({
      linked_user_id: heir,
    });
    await contactSync().unlink(numberOf(0), { userId: heir });
  });

  test("refuses the whole call for one number that can't be read", async () => {
    const error = await refusal(
      contactSync().unlink([numberOf(0), "the plumber"]),
      "INVALID_PHONE_NUMBER",
    );
    expect(error).toMatchObject({ index: 1, details: { reason: "NOT_A_NUMBER" } });
    await refusal(contactSync().unlink(numberOf(0), { userId: "me" }), "INVALID_ARGUMENT");
    await refusal(contactSync().unlink(undefined as never), "INVALID_ARGUMENT");
    await refusal(
      contactSync().unlink(new Array(10_001).fill(numberOf(0))),
      "CONTACTS_LIMIT_EXCEEDED",
    );
    expect(await linked()).toBe(3);
  });
});
