import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { untilBlocked } from "../interleavings/session.ts";
import { openContactSync } from "../support/open-contact-sync.ts";
import { describePostgres } from "../support/postgres.ts";
import { runOrder } from "../support/run-order.ts";
import { hashOf, numbers, refusal, streamOf, useContactSync } from "../support/use-contact-sync.ts";

describePostgres("a sync that fails", (server) => {
  const { contactSync, database } = useContactSync(server);

  async function runsOf(owner: string) {
    const { rows } = await database().pool.query(
      `select sync_status, error_code, sync_mode, device_contacts_count, batch_size,
              synced_contacts_count, processing_time_ms >= 1 as lasted
         from contact_sync_runs where owner_id = $1 order by ${runOrder(server)}`,
      [owner],
    );
    return rows;
  }

  test("leaves a run with its code", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(5), 5);
    await refusal(
      contactSync().syncContacts(owner, [], 77, { mode: "replace", batchSize: 33 }),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    expect((await runsOf(owner))[1]).toEqual({
      sync_status: "failed",
      error_code: "REPLACE_NEEDS_CONFIRMATION",
      sync_mode: "replace",
      device_contacts_count: 77,
      batch_size: 33,
      synced_contacts_count: 0,
      lasted: true,
    });
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({
      sync_status: "failed",
      last_error_code: "REPLACE_NEEDS_CONFIRMATION",
      contacts_count: 5,
      synced_contacts_count: 5,
    });
    await contactSync().syncContacts(owner, numbers(5), 5);
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({
      sync_status: "completed",
      last_error_code: null,
    });
  });

  test("leaves one for a stream's chunk, too", async () => {
    const owner = randomUUID();
    await refusal(
      contactSync().syncPhoneHashes(owner, streamOf([hashOf(1), "malformed"]), 2),
      "INVALID_PHONE_HASH",
    );
    expect(await runsOf(owner)).toMatchObject([
      { sync_status: "failed", error_code: "INVALID_PHONE_HASH" },
    ]);
  });

  test("leaves none when it was refused before anything was sent", async () => {
    const owner = randomUUID();
    await refusal(contactSync().syncPhoneHashes(owner, ["malformed"], 1), "INVALID_PHONE_HASH");
    expect(await runsOf(owner)).toEqual([]);
  });

  test("shows its own error, though its run can't be recorded", async () => {
    const broken = await server.createDatabase();
    const onBroken = await openContactSync(broken);
    await broken.pool.query("drop function contact_sync_record_failure");
    const owner = randomUUID();
    await onBroken.syncContacts(owner, numbers(5), 5);
    await refusal(
      onBroken.syncContacts(owner, [], 5, { mode: "replace" }),
      "REPLACE_NEEDS_CONFIRMATION",
    );
    expect(await onBroken.getSyncStatus(owner)).toMatchObject({ sync_status: "completed" });
  });

  /** Nobody can write into the history meanwhile. */
  async function withHistoryLocked(work: () => Promise<void>): Promise<void> {
    const client = await database().pool.connect();
    try {
      await client.query("begin; lock table contact_sync_runs in exclusive mode");
      await work();
    } finally {
      await client.query("rollback");
      client.release();
    }
  }

  test("is told so at once, though its run has to wait; closing waits for that", async () => {
    const owner = randomUUID();
    const closing = await openContactSync(database());
    await closing.syncContacts(owner, numbers(5), 5);
    let closed: Promise<void> | undefined;
    let isClosed = false;
    await withHistoryLocked(async () => {
      await refusal(
        closing.syncContacts(owner, [], 5, { mode: "replace" }),
        "REPLACE_NEEDS_CONFIRMATION",
      );
      expect(await untilBlocked(database())).toHaveLength(1);
      closed = closing.close().then(() => {
        isClosed = true;
      });
      await untilBlocked(database());
      expect(isClosed).toBe(false);
    });
    await closed;
    expect(await runsOf(owner)).toMatchObject([
      { sync_status: "completed" },
      { sync_status: "failed" },
    ]);
  });
});
