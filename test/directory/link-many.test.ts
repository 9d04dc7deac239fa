import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { LinkPendingOptions } from "../../src/index.ts";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("linkMany", (server) => {
  const { contactSync } = useContactSync(server);
  const linkPending = (options: LinkPendingOptions) => contactSync().linkPendingPhones(options);

  test("enters what is new or newer, and lists what is outdated", async () => {
    const [owner, one, other] = [randomUUID(), randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, numbers(4), 4);
    const verifiedAt = "2026-01-10T00:00:00Z";
    expect(
      await contactSync().linkMany([
        { userId: one, phoneNumber: numberOf(0), verifiedAt },
        { userId: one, phoneHash: hashOf(1), verifiedAt },
      ]),
    ).toEqual({ phones_linked: 2, phones_unchanged: 0, outdated: [], contacts_changed: 2 });

    expect(
      await contactSync().linkMany(
        [
          { userId: one, phoneNumber: numberOf(0), verifiedAt }, // as on record
          { userId: other, phoneNumber: numberOf(1), verifiedAt: new Date("2026-01-09") }, // older
          { userId: other, phoneNumber: "0100 000 0002", verifiedAt: "2026-01-01" }, // repeated
          { userId: one, phoneNumber: numberOf(2), verifiedAt: "2026-01-02" }, // the newer of both
        ],
        { defaultRegion: "EG" },
      ),
    ).toEqual({ phones_linked: 1, phones_unchanged: 2, outdated: [1], contacts_changed: 1 });

    const { contacts } = await contactSync().listContacts(owner, { linked: true });
    expect(contacts.map((contact) => contact.linked_user_id)).toEqual([one, one, one]);
  });

  test("takes numbers without a + where all are international", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, [numberOf(93)], 1);
    const digits = numberOf(93).slice(1);
    const link = (phoneNumber: string) =>
      contactSync().linkMany([{ userId: user, phoneNumber, verifiedAt: "2026-06-01" }], {
        international: true,
        defaultRegion: "US", // does not count
      });
    expect(await link(digits)).toMatchObject({ phones_linked: 1, contacts_changed: 1 });
    const arabic = digits.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
    for (const same of [`+${digits}`, `00${digits}`, ` ${digits} `, arabic, hashOf(93)]) {
      expect(await link(same)).toMatchObject({ phones_unchanged: 1 });
    }
    for (const national of ["01000000003", "٠١٠٠٠٠٠٠٠٠٣", "0", "112", "", "abc"]) {
      await refusal(link(national), "INVALID_PHONE_NUMBER");
    }
    await refusal(
      contactSync().linkMany([{ userId: user, phoneNumber: digits }], {
        international: "yes",
      } as never),
      "INVALID_ARGUMENT",
    );
  });

  test("leaves the contacts to the linker, if told so", async () => {
    const [owner, user] = [randomUUID(), randomUUID()];
    await contactSync().syncContacts(owner, [numberOf(90)], 1);
    expect(
      await contactSync().linkMany([{ userId: user, phoneNumber: numberOf(90) }], {
        backfill: false,
      }),
    ).toMatchObject({ phones_linked: 1, contacts_changed: 0, links_pending: 1 });
    const steps: number[] = [];
    await contactSync().linkPendingPhones({
      onProgress: ({ contactsChanged }) => steps.push(contactsChanged),
    });
    expect(steps.at(-1)).toBe(1);
    const stop = linkPending({ signal: AbortSignal.abort() });
    await refusal(stop, "ABORTED");
    await refusal(linkPending({ all: 1 } as never), "INVALID_ARGUMENT");
    await refusal(linkPending({ onProgress: 1 } as never), "INVALID_ARGUMENT");
  });

  test("takes none, and not more than 10,000", async () => {
    expect(await contactSync().linkMany([])).toEqual({
      phones_linked: 0,
      phones_unchanged: 0,
      outdated: [],
      contacts_changed: 0,
    });
    await refusal(contactSync().linkMany(new Array(10_001).fill({})), "CONTACTS_LIMIT_EXCEEDED");
  });

  test.each([
    ["INVALID_ARGUMENT", null],
    ["INVALID_ARGUMENT", "me"],
    ["INVALID_ARGUMENT", { userId: "me", phoneNumber: numberOf(1) }],
    ["INVALID_ARGUMENT", { userId: randomUUID(), phoneNumber: numberOf(1), verifiedAt: "x" }],
    ["INVALID_PHONE_NUMBER", { userId: randomUUID() }],
    ["INVALID_PHONE_NUMBER", { userId: randomUUID(), phoneNumber: "the plumber" }],
    ["INVALID_PHONE_HASH", { userId: randomUUID(), phoneHash: numberOf(1) }],
    ["INVALID_PHONE_HASH", { userId: randomUUID(), phoneHash: null }],
  ] as const)("refuses the whole call with %s for %j", async (code, entry) => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, [numberOf(77)], 1);
    const good = { userId: randomUUID(), phoneNumber: numberOf(77) };
    const error = await refusal(contactSync().linkMany([good, entry as never, good]), code);
    expect(error.index).toBe(1);
    expect(await contactSync().summarizeContacts(owner)).toMatchObject({ linked_count: 0 });
  });

  test("says of which number the time of verification is too far ahead", async () => {
    const ahead = { userId: randomUUID(), phoneNumber: numberOf(78), verifiedAt: "9999-01-01" };
    const good = { userId: randomUUID(), phoneNumber: numberOf(79) };
    const error = await refusal(contactSync().linkMany([good, ahead]), "INVALID_ARGUMENT");
    expect(error.message).toContain("the time of verification at position 1 must be finite and");
    expect(error.index).toBe(1);
  });
});
