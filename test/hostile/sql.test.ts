import { randomUUID } from "node:crypto";
import { ERRORS } from "@contact-sync/client/errors";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers, useContactSync } from "../support/use-contact-sync.ts";
import { fingerprint } from "./fingerprint.ts";
import { MEGABYTES_10 } from "./values.ts";

const owner_id = randomUUID();
const phone_hash = hashOf(1);
const json = (...items: unknown[]) => JSON.stringify(items);

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const bulk = "select * from bulk_insert_contacts($1::jsonb)";
const sync = "select * from sync_user_contacts($1, $2, 2)";

/** A call as a person with psql makes it, and the SQLSTATE that it must end with. */
const CALLS: [what: string, sqlstate: string, text: string, values: unknown[]][] = [
  ["no array", "YC001", bulk, [null]],
  ["an object for the array", "YC001", bulk, ["{}"]],
  ["a text for the array", "YC001", bulk, ['"[]"']],
  ["JSON's null for the array", "YC001", bulk, ["null"]],
  ["nested arrays", "YC005", bulk, [`[${nested(2_000)}]`]],
  ["arrays nested too deeply to read", "54001", bulk, [nested(1_000_000)]],
  ["a nested document for an owner", "YC005", bulk, [`[{"owner_id": ${nested(2_000)}}]`]],
  [
    "a nested document for a hash",
    "YC004",
    bulk,
    [`[{"owner_id": "${owner_id}", "phone_hash": ${nested(2_000)}}]`],
  ],
  ["an item that is null", "YC005", bulk, [json({ owner_id, phone_hash }, null)]],
  ["an item that is a number", "YC005", bulk, [json(7)]],
  ["an empty item", "YC005", bulk, [json({})]],
  ["an owner that is none", "YC005", bulk, [json({ owner_id: "me", phone_hash })]],
  ["SQL for an owner", "YC005", bulk, [json({ owner_id: "'; drop table phones; --", phone_hash })]],
  ["a long owner", "YC005", bulk, [json({ owner_id: "x".repeat(MEGABYTES_10), phone_hash })]],
  ["a long hash", "YC004", bulk, [json({ owner_id, phone_hash: "0".repeat(MEGABYTES_10) })]],
  [
    "SQL for a hash",
    "YC004",
    bulk,
    [json({ owner_id, phone_hash: `'); delete from phones--${"0".repeat(7)}` })],
  ],
  ["a hash in braces", "YC004", bulk, [json({ owner_id, phone_hash: `{${"0".repeat(30)}}` })]],
  [
    "a hash with hyphens",
    "YC004",
    bulk,
    [json({ owner_id, phone_hash: `0000-${"0".repeat(27)}` })],
  ],
  [
    "64 characters of which the last are none",
    "YC004",
    bulk,
    [json({ owner_id, phone_hash: `${"0".repeat(32)}${"g".repeat(32)}` })],
  ],
  [
    "32 bytes that are fewer characters",
    "YC004",
    bulk,
    [json({ owner_id, phone_hash: "é".repeat(16) })],
  ],
  ["NUL in a hash", "22P05", bulk, [json({ owner_id, phone_hash: "\0" })]],
  [
    "half a surrogate pair",
    "22P02",
    bulk,
    [`[{"owner_id": "${owner_id}", "phone_hash": "\\ud800"}]`],
  ],
  [
    "a favourite that is none",
    "YC005",
    bulk,
    [json({ owner_id, phone_hash, is_favorite: "maybe" })],
  ],
  ["a link that is none", "YC005", bulk, [json({ owner_id, phone_hash, linked_user_id: 7 })]],
  [
    "a time that is none",
    "YC005",
    bulk,
    [json({ owner_id, phone_hash, last_interaction: "2026-02-30" })],
  ],
  [
    "a time without end",
    "YC005",
    bulk,
    [json({ owner_id, phone_hash, last_interaction: "infinity" })],
  ],
  [
    "10,001 items",
    "YC003",
    bulk,
    [JSON.stringify(new Array(10_001).fill({ owner_id, phone_hash }))],
  ],
  [
    "the last of 10,000 malformed",
    "YC004",
    bulk,
    [JSON.stringify([...new Array(9_999).fill({ owner_id, phone_hash }), { owner_id }])],
  ],
  ...[0, -1, 1_001, null].map((size): (typeof CALLS)[number] => [
    `a batch size of ${size}`,
    "YC002",
    "select * from bulk_insert_contacts($1::jsonb, $2)",
    [json({ owner_id, phone_hash }), size],
  ]),

  ["no owner", "YC001", sync, [null, [phone_hash]]],
  ["no hashes", "YC001", sync, [owner_id, null]],
  ["a hash that is null", "YC004", sync, [owner_id, [phone_hash, null]]],
  ["a number for a hash", "YC004", sync, [owner_id, [phone_hash, "+201000000001"]]],
  ["arrays in the array", "YC004", sync, [owner_id, [[phone_hash], ["x"]]]],
  ["10,001 hashes", "YC003", sync, [owner_id, new Array(10_001).fill(phone_hash)]],
  ["a long hash to sync", "YC004", sync, [owner_id, ["0".repeat(MEGABYTES_10)]]],
  ["no device count", "YC001", "select * from sync_user_contacts($1, '{}', null)", [owner_id]],
  [
    "a negative device count",
    "YC001",
    "select * from sync_user_contacts($1, '{}', -1)",
    [owner_id],
  ],
  [
    "a mode that is none",
    "YC001",
    "select * from sync_phone_keys($1, '{}', 0, 500, 'wipe')",
    [owner_id],
  ],
  [
    "no confirmation",
    "YC001",
    "select * from sync_phone_keys($1, '{}', 0, 500, 'replace', null)",
    [owner_id],
  ],
  [
    "a replace by nothing",
    "YC006",
    "select * from sync_phone_keys($1, '{}', 0, 500, 'replace')",
    [owner_id],
  ],
  ["a size of NaN KB", "YC001", "select get_optimal_batch_size(1, 'NaN')", []],
  ["a size of 0 KB", "YC001", "select get_optimal_batch_size(1, 0)", []],
  ["a negative count", "YC001", "select * from estimate_sync_performance(-1)", []],
  ["a link without a user", "YC001", "select link_phone($1, null)", [phone_hash]],
  [
    "a link verified for ever",
    "YC001",
    "select link_phone($1, $2, 'infinity')",
    [phone_hash, owner_id],
  ],
  ["a link of no key", "YC001", "select link_phone(null, $1)", [owner_id]],
  [
    "users fewer than numbers",
    "YC001",
    "select * from link_phones($1, $2)",
    [[phone_hash, hashOf(2)], [owner_id]],
  ],
  ["an unlink of SQL", "22P02", "select unlink_phone($1)", ["' or true; --"]],
  ["a page of nothing", "YC001", "select * from list_contacts($1, 0)", [owner_id]],
  ["a page after no key", "22P02", "select * from list_contacts($1, 1, 'x')", [owner_id]],
  ["no user to erase", "YC001", "select * from erase_user(null)", []],
  [
    "a contact that is not there",
    "YC012",
    "select * from set_contact_favorite($1, $2, true)",
    [owner_id, hashOf(999)],
  ],
  [
    "no favourite",
    "YC001",
    "select * from set_contact_favorite($1, $2, null)",
    [owner_id, phone_hash],
  ],
  [
    "an interaction without end",
    "YC001",
    "select * from record_contact_interaction($1, $2, '-infinity')",
    [owner_id, phone_hash],
  ],
  ["no days", "YC001", "select * from get_sync_statistics(0)", []],
  ["a past that ends tomorrow", "YC001", "select clean_up_contact_sync('-1 day')", []],
];

describePostgres("hostile SQL", (server) => {
  const { contactSync, database } = useContactSync(server);
  let before: Awaited<ReturnType<typeof fingerprint>>;

  beforeAll(async () => {
    await contactSync().syncContacts(owner_id, numbers(8), 8);
    before = await fingerprint(database());
  });

  afterEach(async () => {
    expect(await fingerprint(database())).toEqual(before);
  });

  describe.each(CALLS)("%s", (_, sqlstate, text, values) => {
    test(`is refused with ${sqlstate} and changes nothing`, async () => {
      const fault = await database()
        .pool.query(text, values)
        .then(
          () => ({ code: "nothing", message: "" }),
          (error: { code: string; message: string }) => error,
        );
      expect(fault.code).toBe(sqlstate);
      // What PostgreSQL itself can't read never comes as far as our functions.
      const ours = Object.entries(ERRORS).find(([, error]) => error.sqlstate === sqlstate);
      if (ours !== undefined) expect(fault.message).toMatch(new RegExp(`^${ours[0]}: .`));
      expect(fault.message.length).toBeLessThan(500);
      expect(fault.message).not.toContain(phone_hash);
    });
  });
});
