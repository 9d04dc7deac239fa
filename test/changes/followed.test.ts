import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { readCopies } from "../support/copies.ts";
import { describePostgres } from "../support/postgres.ts";
import { useSql } from "../support/sql.ts";
import { orGiveUp } from "../support/waiting.ts";
import { Follower } from "./follower.ts";
import { OWNER, operation, perform, REFUSALS, WRONG_CONTACTS } from "./operations.ts";

const SEQUENCES = runs(60);
const TIME_LIMIT_MS = 60_000 + SEQUENCES * 3_000;

/** An operation, and whether it is made by the session that may be inside of a transaction. */
const steps = fc.array(fc.record({ inside: fc.boolean(), operation }), {
  minLength: 5,
  maxLength: 40,
});

// One session is in a transaction now and then, and another works meanwhile; where that would have
// to wait for the first, it gives up, on a cluster because it is made to.
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
              if (inside && isOpen) await session.query("savepoint step");
              const done = perform(session, operation);
              await orGiveUp(database(), session, done).catch(async (error) => {
                if (!REFUSALS.test(error.code)) throw error;
                if (inside && isOpen) await session.query("rollback to savepoint step");
              });
            }
          }
          if (isOpen) await inner.query("rollback");
          for (let more = true; more; ) {
            const pass = await row("select * from contact_sync_link_pass(null, 500)");
            more = pass.has_more || pass.entries_waiting > 0;
          }
          expect(await readCopies(database(), { text: WRONG_CONTACTS })).toEqual([]);
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
    "contact_sync_pending_books",
    "contact_sync_consent",
    "contact_sync_blocks",
    "contact_sync_devices",
    "contact_sync_kept_choices",
    "contact_sync_erasures",
    "contact_sync_renewed_links",
  ];
  const emptied = async () => {
    await rows(`truncate ${TABLES}`);
    await rows("select set_default_discoverability('everybody')");
    await rows("truncate contact_sync_pending_books");
  };
});
