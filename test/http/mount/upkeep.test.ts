import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { toDatabase } from "../../../src/database/to-database.ts";
import type { LogLine } from "../../../src/http/mount/index.ts";
import { startWorker } from "../../../src/http/worker.ts";
import { createContactSync } from "../../../src/index.ts";
import { SECRET, useReceivers } from "../../events/receiver.ts";
import { TEST_KEY } from "../../support/key.ts";
import { describePostgres, useDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { numberOf, refusal } from "../../support/use-contact-sync.ts";

describePostgres("upkeep", (server) => {
  const database = useDatabase(server);
  const openReceiver = useReceivers();
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function open(source: "string" | "pool" | "queries") {
    const { connectionString, pool } = database();
    const { database: queries } = toDatabase(pool);
    const contactSync = await createContactSync({
      database: { string: connectionString, pool, queries }[source],
      key: TEST_KEY,
    });
    ends.push(() => contactSync.close());
    return contactSync;
  }
  const webhookOf = ({ url }: { url: string }) => ({ url, secret: SECRET, allowPrivate: true });
  /** A friend who has the number, and whom the database tells of its user. */
  async function befriend(
    contactSync: Awaited<ReturnType<typeof open>>,
    number: string,
  ): Promise<string> {
    const user = randomUUID();
    await contactSync.syncContacts(randomUUID(), [number], 1);
    await contactSync.link(user, number);
    return user;
  }

  test.each(["string", "pool"] as const)("tells a webhook of links, on a %s", async (source) => {
    const contactSync = await open(source);
    const receiver = await openReceiver();
    const lines: LogLine[] = [];
    const upkeep = await contactSync.startUpkeep({
      webhook: webhookOf(receiver),
      logger: (line) => lines.push(line),
    });
    const user = await befriend(contactSync, numberOf(source.length));
    await until("the webhook is told", () =>
      receiver.received.some(({ data }) => data.user_id === user),
    );
    expect(receiver.faults).toEqual([]);
    await upkeep.stop();
    await upkeep.stop();
    expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
  });

  test("finishes links that were left to it, and ends with close", async () => {
    const contactSync = await open("string");
    const owner = randomUUID();
    await contactSync.syncContacts(owner, [numberOf(77)], 1);
    const waiting = async () => {
      const { rows } = await database().pool.query(
        "select count(*)::integer as waiting from contact_sync_pending_links",
      );
      return rows[0].waiting as number;
    };
    const client = await database().pool.connect();
    try {
      await client.query("begin");
      await client.query("select from contact_sync_status where owner_id = $1 for update", [owner]);
      await contactSync.link(randomUUID(), numberOf(77));
      expect(await waiting()).toBe(1);
    } finally {
      await client.query("rollback");
      client.release();
    }
    expect(await waiting()).toBe(1);
    await contactSync.startUpkeep();
    await until("nothing waits", async () => (await waiting()) === 0);
    await contactSync.close();
    expect((await (await open("pool")).listContacts(owner)).contacts).toMatchObject([
      { linked_user_id: expect.any(String) },
    ]);
  });

  test("does not begin on an engine that is closed, or while it is being closed", async () => {
    for (const source of ["string", "pool"] as const) {
      const lines: LogLine[] = [];
      const logger = (line: LogLine) => lines.push(line);
      const contactSync = await open(source);
      const beginning = refusal(contactSync.startUpkeep({ logger }), "DATABASE_UNAVAILABLE");
      await contactSync.close();
      expect((await beginning).details).toMatchObject({ reason: "CLOSED" });
      const late = contactSync.startUpkeep({ logger });
      expect((await refusal(late, "DATABASE_UNAVAILABLE")).details).toMatchObject({
        reason: "CLOSED",
      });
      expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
    }
  });

  test("refuses a webhook where it has nothing to open connections by, and one that is none", async () => {
    const receiver = await openReceiver();
    const onQueries = await open("queries");
    const call = onQueries.startUpkeep({ webhook: webhookOf(receiver) });
    expect((await refusal(call, "INVALID_ARGUMENT")).message).toContain("connection string");
    const contactSync = await open("pool");
    const wrong = contactSync.startUpkeep({
      webhook: { url: "http://app.example", secret: SECRET },
    });
    expect((await refusal(wrong, "INVALID_ARGUMENT")).message).toContain("webhook.url may be http");
    const none = contactSync.startUpkeep({ webhook: { url: "", secret: SECRET } });
    expect((await refusal(none, "INVALID_ARGUMENT")).message).toContain("webhook.url");
    const logger = contactSync.startUpkeep({ logger: {} as never });
    expect((await refusal(logger, "INVALID_ARGUMENT")).message).toContain("logger");
  });

  test("is a worker's as well, which tells how it is and needs no token settings", async () => {
    const receiver = await openReceiver();
    const lines: string[] = [];
    const worker = await startWorker({
      environment: {
        DATABASE_URL: database().connectionString,
        CONTACT_SYNC_KEY: TEST_KEY,
        CONTACT_SYNC_WEBHOOK_URL: receiver.url,
        CONTACT_SYNC_WEBHOOK_SECRET: SECRET,
        CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
        CONTACT_SYNC_HEALTH_PORT: "0",
        HOST: "127.0.0.1",
      },
      log: { write: (line) => lines.push(line) },
      announce: () => {},
    });
    ends.push(() => worker.stop());
    const contactSync = await open("pool");
    const user = await befriend(contactSync, numberOf(99));
    await until("the webhook is told", () =>
      receiver.received.some(({ data }) => data.user_id === user),
    );
    const ask = async (path: string) => fetch(`${worker.address}${path}`);
    expect((await ask("/healthz")).status).toBe(200);
    expect((await ask("/readyz")).status).toBe(200);
    const metrics = await (await ask("/metrics")).text();
    expect(metrics).toContain("contact_sync_pending_links");
    expect(metrics).toContain("contact_sync_webhook_deliveries_total");
    const api = await ask("/api/v1/contacts");
    expect([api.status, await api.json()]).toMatchObject([404, { code: "NOT_FOUND" }]);
    await worker.stop();
    await expect(ask("/healthz")).rejects.toThrow();
    expect(lines.map((line) => JSON.parse(line).level).every((level) => level < 40)).toBe(true);
  });
});
