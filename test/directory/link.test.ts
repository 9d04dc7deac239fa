import { hash, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("link", (server) => {
  const { contactSync } = useContactSync(server);
  let next = 0;
  const newNumber = () => {
    next += 1;
    return next;
  };
  const linkOf = async (owner: string, n: number) =>
    (await contactSync().findContact(owner, hashOf(n)))?.linked_user_id;

  test("links the contacts who hold the number before it returns", async () => {
    const n = newNumber();
    const [early, late, user] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().syncContacts(early, [numberOf(n)], 1);
    expect(await contactSync().link(user, numberOf(n))).toBe(true);
    expect(await linkOf(early, n)).toBe(user);
    const { matches } = await contactSync().syncContacts(late, [numberOf(n)], 1);
    expect(matches).toMatchObject([{ user_id: user }]);
  });

  test("takes the number in any notation, or its hash of 32 or 64 characters", async () => {
    const n = newNumber();
    const user = randomUUID();
    expect(await contactSync().link(user, numberOf(n), { verifiedAt: "2026-01-01" })).toBe(true);
    const national = `0${numberOf(n).slice(3)}`;
    const whole = hash("sha256", numberOf(n));
    for (const phone of [national, hashOf(n), hashOf(n).toUpperCase(), whole]) {
      expect(
        await contactSync().link(user, phone, { defaultRegion: "EG", verifiedAt: "2026-01-01" }),
      ).toBe(false);
    }
    await refusal(contactSync().link(user, national), "INVALID_PHONE_NUMBER");
  });

  test("a newer verification takes the number over, an older one is refused", async () => {
    const n = newNumber();
    const [owner, first, second] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, [numberOf(n)], 1);
    await contactSync().link(first, numberOf(n), { verifiedAt: new Date("2026-01-01") });
    expect(await contactSync().link(second, numberOf(n), { verifiedAt: "2026-01-02" })).toBe(true);
    expect(await linkOf(owner, n)).toBe(second);
    await refusal(
      contactSync().link(first, numberOf(n), { verifiedAt: "2026-01-01T12:00:00Z" }),
      "VERIFICATION_OUTDATED",
    );
    expect(await linkOf(owner, n)).toBe(second);
  });

  test.each([
    ["INVALID_PHONE_NUMBER", randomUUID(), "112", {}],
    ["INVALID_PHONE_NUMBER", randomUUID(), "+201001230017; +201112220017", {}],
    ["INVALID_PHONE_NUMBER", randomUUID(), undefined, {}],
    ["INVALID_ARGUMENT", "me", numberOf(1), {}],
    ["INVALID_ARGUMENT", randomUUID(), numberOf(1), { verifiedAt: "soon" }],
    ["INVALID_ARGUMENT", randomUUID(), numberOf(1), { verifiedAt: "9999-01-01" }],
    ["INVALID_REGION", randomUUID(), numberOf(1), { defaultRegion: "Egypt" }],
  ] as const)("refuses with %s", async (code, user, phone, options) => {
    const error = await refusal(contactSync().link(user, phone as string, options), code);
    if (code === "INVALID_PHONE_NUMBER") {
      const reasons = { "112": "SHORT_CODE", "+201001230017; +201112220017": "SEVERAL_NUMBERS" };
      const reason = reasons[phone as keyof typeof reasons] ?? "NOT_A_STRING";
      expect(error.details).toEqual({ reason });
    }
  });
});
