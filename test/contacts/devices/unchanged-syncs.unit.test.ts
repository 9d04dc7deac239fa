import { expect, test, vi } from "vitest";
import type { SqlFunctions } from "../../../src/database/sql-functions.ts";
import { UnchangedSyncs } from "../../../src/engine/unchanged-syncs.ts";

/** What is written, and whether the database is there. */
function written() {
  const state = { isAway: false, writes: [] as unknown[][] };
  const sql = {
    async call(name: string, values: readonly unknown[]) {
      if (state.isAway) throw new Error("away");
      state.writes.push([name, ...values]);
    },
  } as unknown as SqlFunctions;
  return { state, sql };
}

const today = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);

test("syncs that changed nothing are added up, and written together when the time is over", async () => {
  const { state, sql } = written();
  const syncs = new UnchangedSyncs(sql, 20);
  for (let n = 0; n < 1_000; n += 1) syncs.count();
  expect(state.writes).toEqual([]);
  await vi.waitFor(() =>
    expect(state.writes).toEqual([["contact_sync_count_unchanged", today, 1_000]]),
  );
  await syncs.settled();
  expect(state.writes).toHaveLength(1);
});

test("those that cannot be written are written with the next ones, and none twice", async () => {
  const { state, sql } = written();
  const syncs = new UnchangedSyncs(sql, 60_000);
  state.isAway = true;
  syncs.count();
  await syncs.settled();
  expect(state.writes).toEqual([]);
  state.isAway = false;
  syncs.count();
  await Promise.all([syncs.settled(), syncs.settled()]);
  await syncs.settled();
  expect(state.writes).toEqual([["contact_sync_count_unchanged", today, 2]]);
});
