import fc from "fast-check";
import type pg from "pg";
import { expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { readCopies } from "../support/copies.ts";
import { describePostgres } from "../support/postgres.ts";
import { useSql } from "../support/sql.ts";
import { Follower } from "./follower.ts";
import { OWNER, operation, perform, REFUSALS, WRONG_CONTACTS } from "./operations.ts";

const SESSIONS = 5;
const CALLS = runs(120);
const FOLLOWERS = 3;

// All at once, each in a session of its own, waiting for each other where they must.
describePostgres("whoever follows while everybody works", (server) => {
  const { database, rows, row } = useSql(server);

  test("arrives at what list_contacts() says", async () => {
    await rows("select use_unsealed()");
    await rows("select set_new_number_budget(0, 1)");
    const { pool } = database();
    const clients = await Promise.all(
      Array.from({ length: SESSIONS + FOLLOWERS }, () => pool.connect()),
    );
    const [sessions, watching] = [clients.slice(0, SESSIONS), clients.slice(SESSIONS)];
    try {
      const followers = await Promise.all(watching.map((client) => Follower.begin(client, OWNER)));
      let isOver = false;
      const polling = followers.map(async (follower, place) => {
        while (!isOver) await follower.poll(watching[place] as pg.PoolClient, 2);
      });
      const work = sessions.map(async (session) => {
        // A call, in a transaction of its own or with the next one.
        for (const one of fc.sample(operation, CALLS)) {
          if (one.kind === "begin") {
            await session.query("begin");
          } else if (one.kind === "end") {
            await session.query(one.commits ? "commit" : "rollback");
          } else if (one.kind !== "follow" && one.kind !== "poll") {
            await perform(session, one).catch(async (error) => {
              if (!REFUSALS.test(error.code) && error.code !== "25P02") throw error;
              await session.query("rollback");
            });
          }
        }
        await session.query("commit");
      });
      await Promise.all(work);
      isOver = true;
      await Promise.all(polling);

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
      for (const [place, follower] of followers.entries()) {
        await follower.pollToTheEnd(watching[place] as pg.PoolClient, 3);
        expect(follower.linked()).toEqual(expected);
      }
    } finally {
      for (const client of clients) client.release(true);
    }
  }, 180_000);
});
