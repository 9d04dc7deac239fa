import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { describePostgres } from "../support/postgres.ts";
import { asKey, newPhones, newUser, useSql } from "../support/sql.ts";
import { Follower } from "./follower.ts";

const NUMBERS = newPhones(4);
const [OWNER, OTHER, ...USERS] = Array.from({ length: 3 }, newUser) as [
  string,
  string,
  ...string[],
];
const PEOPLE = [OWNER, OTHER, ...USERS];
const DEVICES = ["phone", "tablet", "web"];
const SEQUENCES = runs(60);
const TIME_LIMIT_MS = 60_000 + SEQUENCES * 3_000;

const number = fc.integer({ min: 0, max: NUMBERS.length - 1 });
const person = fc.integer({ min: 0, max: PEOPLE.length - 1 });
const numbers = fc.uniqueArray(number, { maxLength: NUMBERS.length });

/** What may happen, each as one statement; `{…}` are places for values of the operation. */
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      number,
      person,
      announce: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("unlink" as const), number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("erase" as const), person }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), most: fc.constantFrom(1, 2, 500) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("merge" as const), numbers }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("replace" as const), numbers }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("device" as const),
      device: fc.constantFrom(...DEVICES),
      mode: fc.constantFrom("merge", "replace"),
      numbers,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("delta" as const),
      device: fc.constantFrom(...DEVICES),
      added: numbers,
      removed: numbers,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("forget" as const),
      device: fc.constantFrom(...DEVICES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("bulk" as const),
      number,
      person: fc.option(person),
      favorite: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), numbers }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("begin" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("end" as const), commits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("follow" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("poll" as const),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** An operation, and whether it is made by the session that may be inside of a transaction. */
const steps = fc.array(fc.record({ inside: fc.boolean(), operation }), {
  minLength: 5,
  maxLength: 40,
});

// One session is in a transaction now and then, and another works meanwhile; where that would have
// to wait for the first, it gives up.
describePostgres("whoever follows an owner's changes", (server) => {
  const { database, rows, row } = useSql(server);
  const sessions: pg.PoolClient[] = [];
  beforeAll(async () => {
    await rows("select use_unsealed()");
    await rows("select set_new_number_budget(0, 1)");
    for (let each = 0; each < 2; each++) {
      const session = await database().pool.connect();
      await session.query("set lock_timeout = '30ms'");
      sessions.push(session);
    }
  });
  afterAll(() => {
    for (const session of sessions) session.release(true);
  });

  test(
    "arrives at what list_contacts() says, whatever happened in whatever order",
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (taken) => {
          const [inner, outer] = sessions as [pg.PoolClient, pg.PoolClient];
          await emptied();
          let isOpen = false;
          const followers: Follower[] = [await Follower.begin(outer, OWNER)];
          for (const { inside, operation } of taken) {
            const session = inside ? inner : outer;
            if (operation.kind === "begin") {
              if (!isOpen) await inner.query("begin");
              isOpen = true;
            } else if (operation.kind === "end") {
              if (isOpen) await inner.query(operation.commits ? "commit" : "rollback");
              isOpen = false;
            } else if (operation.kind === "follow") {
              followers.push(await Follower.begin(outer, OWNER));
            } else if (operation.kind === "poll") {
              for (const follower of followers) await follower.poll(outer, operation.limit);
            } else {
              const [text, values] = statementOf(operation);
              if (inside && isOpen) await session.query("savepoint step");
              await session.query(text, values).catch(async (error) => {
                if (!/^(55P03|40P01|YC006|YC030|YC031|YC008|YC009|YC001)$/.test(error.code))
                  throw error;
                if (inside && isOpen) await session.query("rollback to savepoint step");
              });
            }
          }
          if (isOpen) await inner.query("rollback");
          for (let more = true; more; ) {
            const pass = await row("select * from contact_sync_link_pass(null, 500)");
            more = pass.has_more || pass.entries_waiting > 0;
          }
          const listed = await rows(
            "select phone_key, linked_user_id from list_contacts($1, 1000, null, true)",
            OWNER,
          );
          const expected = Object.fromEntries(
            listed.map(({ phone_key, linked_user_id }) => [
              phone_key.replaceAll("-", ""),
              linked_user_id,
            ]),
          );
          for (const follower of followers) {
            await follower.pollToTheEnd(outer, 3);
            expect(follower.linked()).toEqual(expected);
          }
        }),
        { numRuns: SEQUENCES, interruptAfterTimeLimit: TIME_LIMIT_MS },
      );
    },
    TIME_LIMIT_MS + 120_000,
  );

  const TABLES = [
    "phones",
    "contacts_with_accounts",
    "contact_sync_status",
    "contact_sync_pending_links",
    "contact_sync_devices",
    "contact_sync_kept_choices",
    "contact_sync_erasures",
    "contact_sync_renewed_links",
  ];
  const emptied = () => rows(`truncate ${TABLES}`);
});

const hashesOf = (list: number[]) => list.map((one) => NUMBERS[one] as string);

function statementOf(
  operation: Exclude<Operation, { kind: "begin" | "end" | "follow" | "poll" }>,
): [string, unknown[]] {
  switch (operation.kind) {
    case "link":
      return [
        "select link_phone($1, $2, null, $3)",
        [NUMBERS[operation.number], PEOPLE[operation.person], operation.announce],
      ];
    case "unlink":
      return ["select unlink_phone($1)", [NUMBERS[operation.number]]];
    case "erase":
      // Not the owner, whom everybody follows.
      return [
        "select erase_user($1)",
        [PEOPLE[operation.person] === OWNER ? OTHER : PEOPLE[operation.person]],
      ];
    case "pass":
      return ["select contact_sync_link_pass(null, $1)", [operation.most]];
    case "merge":
    case "replace":
      return [
        "select sync_phone_keys($1, $2::uuid[], 8, 3, $3, true)",
        [OWNER, hashesOf(operation.numbers), operation.kind],
      ];
    case "device":
      return [
        "select sync_phone_keys($1, $2::uuid[], 8, 3, $3, true, true, $4)",
        [OWNER, hashesOf(operation.numbers), operation.mode, operation.device],
      ];
    case "delta":
      return [
        `select sync_phone_keys_delta($1, $2, d.sync_mark,
                  array(select n.key from unnest($3::uuid[]) as n (key)
                         where not exists (select from contacts_with_accounts c
                                            where c.owner_id = $1 and c.phone_key = n.key
                                              and c.held_by & (1 << d.slot) <> 0)),
                  array(select c.phone_key from contacts_with_accounts c
                         where c.owner_id = $1 and c.held_by & (1 << d.slot) <> 0
                           and c.phone_key = any ($4::uuid[])),
                  '1.0.0..c', true)
           from contact_sync_devices d
          where d.owner_id = $1 and d.device_id = $2`,
        [OWNER, operation.device, hashesOf(operation.added), hashesOf(operation.removed)],
      ];
    case "forget":
      return ["select forget_sync_device($1, $2)", [OWNER, operation.device]];
    case "bulk":
      return [
        "select bulk_insert_contacts($1)",
        [
          JSON.stringify([
            {
              owner_id: OWNER,
              phone_hash: NUMBERS[operation.number],
              is_favorite: operation.favorite,
              linked_user_id: operation.person === null ? null : PEOPLE[operation.person],
            },
          ]),
        ],
      ];
    case "delete":
      return [
        "select delete_contacts($1, $2::uuid[])",
        [OWNER, hashesOf(operation.numbers).map(asKey)],
      ];
  }
}
