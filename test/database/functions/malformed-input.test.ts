import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { newPhones, newUser, refusalOf, useSql } from "../../support/sql.ts";

// Each is long and odd enough to be recognised if a message quoted it.
const MALFORMED_HASHES = [
  ["too short", "0123456789abcdef0123456789abcde"],
  ["too long", "0123456789abcdef0123456789abcdef0"],
  ["empty", ""],
  ["with a letter that is no digit", "0123456789abcdef0123456789abcdeg"],
  ["with hyphens, as a uuid", "01234567-89ab-cdef-0123-456789abcdef"],
  ["with braces, within 32 characters", "{0123456789abcdef0123456789abcd}"],
  ["with hyphens, within 32 characters", "0123-4567-89ab-cdef-0123-4567-89"],
  ["of 64 whose second half is garbage", `0123456789abcdef0123456789abcdef${"xyz!".repeat(8)}`],
  ["of 64 whose first half is garbage", `${"xyz!".repeat(8)}0123456789abcdef0123456789abcdef`],
  ["32 bytes of Arabic-Indic digits", "٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥"],
  ["with a blank", " 0123456789abcdef0123456789abcde"],
  ["a phone number", "+201001234567"],
] as const;

const MALFORMED_ITEMS: [string, unknown, string][] = [
  ["no object", 20100123, "object"],
  ["null", null, "object"],
  ["an array", ["+201001234567"], "object"],
  ["without an owner", { owner_id: undefined }, "owner_id"],
  ["whose owner is null", { owner_id: null }, "owner_id"],
  ["whose owner is no UUID", { owner_id: "+201001234567" }, "owner_id"],
  ["whose owner is an object", { owner_id: { id: 7 } }, "owner_id"],
  ["whose favourite is no boolean", { is_favorite: "+201001234567" }, "is_favorite"],
  ["whose link is no UUID", { linked_user_id: "+201001234567" }, "linked_user_id"],
  ["whose time is none", { last_interaction: "+201001234567" }, "last_interaction"],
  ["whose time is out of range", { last_interaction: "999999-01-01" }, "last_interaction"],
  ["whose time is infinite", { last_interaction: "infinity" }, "last_interaction"],
];

describePostgres("malformed input refuses the whole call", (server) => {
  const { rows, value } = useSql(server);

  const storedOf = (owner: string) =>
    value(
      `select (select count(*) from contacts_with_accounts where owner_id = $1)
            + (select count(*) from contact_sync_status where owner_id = $1)
            + (select count(*) from contact_sync_runs where owner_id = $1)`,
      owner,
    );
  const bulkInsert = (contacts: unknown) =>
    rows("select bulk_insert_contacts($1)", JSON.stringify(contacts));

  test.each(MALFORMED_HASHES)("a sync with a hash %s", async (_, hash) => {
    const owner = newUser();
    const [first, last] = newPhones(2);
    const { code, message, details, text } = await refusalOf(
      rows("select sync_user_contacts($1, $2, 4)", owner, [first, hash, hash, last]),
    );
    expect(code).toBe("INVALID_PHONE_HASH");
    expect(message).toContain("position 1 ");
    expect(details).toEqual({ position: 1 });
    expect(text).not.toMatch(/89ab|xyz!|201001234567|٠١٢٣/);
    expect(await storedOf(owner)).toBe("0");
  });

  test.each(MALFORMED_HASHES)("a bulk insert with a hash %s", async (_, phone_hash) => {
    const owner_id = newUser();
    const [first, last] = newPhones(2);
    const hashes = [first, last, phone_hash, phone_hash];
    const { code, message, details, text } = await refusalOf(
      bulkInsert(hashes.map((hash) => ({ owner_id, phone_hash: hash }))),
    );
    expect(code).toBe("INVALID_PHONE_HASH");
    expect(message).toContain("position 2 ");
    expect(details).toEqual({ position: 2 });
    expect(text).not.toMatch(/89ab|xyz!|201001234567|٠١٢٣/);
    expect(await storedOf(owner_id)).toBe("0");
  });

  test.each(MALFORMED_ITEMS)("a bulk insert with an item %s", async (_, fault, named) => {
    const owner_id = newUser();
    const [first, second] = newPhones(2);
    const item =
      fault !== null && typeof fault === "object" && !Array.isArray(fault)
        ? { owner_id, phone_hash: second, ...fault }
        : fault;
    const { code, message, details, text } = await refusalOf(
      bulkInsert([{ owner_id, phone_hash: first }, item, item]),
    );
    expect(code).toBe("INVALID_CONTACT");
    expect(message).toContain("position 1 ");
    expect(message).toContain(named);
    expect(details).toEqual({ position: 1 });
    expect(text).not.toMatch(/2010012|999999/);
    expect(await storedOf(owner_id)).toBe("0");
  });

  const users = [newUser(), newUser()];
  const OF_KEYS: [string, (keys: unknown[]) => Promise<unknown>][] = [
    ["sync_phone_keys", (keys) => rows("select sync_phone_keys($1, $2, 2)", users[0], keys)],
    ["link_phones", (keys) => rows("select link_phones($1, $2)", keys, users)],
    ["unlink_phones", (keys) => rows("select unlink_phones($1)", keys)],
    ["link_pending_phones", (keys) => rows("select link_pending_phones($1)", keys)],
    ["delete_contacts", (keys) => rows("select delete_contacts($1, $2)", users[0], keys)],
  ];

  test.each(OF_KEYS)("%s, with a NULL among the phone keys", async (_, call) => {
    const [good = ""] = newPhones(1);
    const { code, message, details } = await refusalOf(call([good, null]));
    expect(code).toBe("INVALID_ARGUMENT");
    expect(message).toBe("INVALID_ARGUMENT: p_phone_keys must not be null at position 1");
    expect(details).toEqual({ position: 1 });
    expect(await value("select count(*) from phones where phone_key = $1", good)).toBe("0");
  });

  test.each(OF_KEYS)("%s, with lists in the list of phone keys", async (_, call) => {
    const { code, message } = await refusalOf(call([newPhones(1), newPhones(1)]));
    expect(code).toBe("INVALID_ARGUMENT");
    expect(message).toContain("p_phone_keys must be an array of one dimension");
  });

  test.each(
    OF_KEYS,
  )("%s, with a number for a phone key: PostgreSQL takes none", async (_, call) => {
    const [good = ""] = newPhones(1);
    await expect(call([good, "+201001234567"])).rejects.toMatchObject({ code: "22P02" });
    expect(await value("select count(*) from phones where phone_key = $1", good)).toBe("0");
  });

  test.each(["{}", '"text"', "1", "null"])("contacts that are no array: %s", async (contacts) => {
    const { code } = await refusalOf(rows("select bulk_insert_contacts($1)", contacts));
    expect(code).toBe("INVALID_ARGUMENT");
  });
});
