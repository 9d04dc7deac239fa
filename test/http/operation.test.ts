import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import { expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { untilBlocked } from "../interleavings/session.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { openBook } from "./book.ts";
import { useServiceProcesses } from "./service-process.ts";
import { JWT_SECRET, openApp, useApp } from "./support.ts";

describePostgres("/healthz, /readyz and /metrics", (server) => {
  const app = useApp(server);
  const unmigrated = useApp(server, {
    checkReadiness: () =>
      Promise.reject(new ContactSyncError("DATABASE_NOT_MIGRATED", "3 migrations are missing")),
  });

  test("say that the process runs and can serve", async () => {
    for (const [url, status] of [
      ["/healthz", "alive"],
      ["/readyz", "ready"],
    ] as const) {
      const answer = await app().request({ method: "GET", url });
      expect(answer.json()).toEqual({ success: true, data: { status } });
    }
  });

  test("take HEAD, as some balancers ask, and answer it without a body", async () => {
    for (const url of ["/healthz", "/readyz"]) {
      const [get, head] = [
        await app().request({ method: "GET", url }),
        await app().request({ method: "HEAD", url }),
      ];
      expect(head.statusCode).toBe(200);
      expect(head.body).toBe("");
      expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    }
    const refused = await unmigrated().request({ method: "HEAD", url: "/readyz" });
    expect(refused.statusCode).toBe(503);
    expect(refused.headers["retry-after"]).toBe("2");
    expect((await app().request({ method: "HEAD", url: "/metrics" })).statusCode).toBe(404);
  });

  test("say that it runs, but cannot serve, while the database is not migrated", async () => {
    const health = await unmigrated().request({ method: "GET", url: "/healthz" });
    expect(health.statusCode).toBe(200);
    const readiness = await unmigrated().request({ method: "GET", url: "/readyz" });
    expect(readiness.json()).toMatchObject({ code: "DATABASE_NOT_MIGRATED", status: 503 });
    expect(readiness.headers["retry-after"]).toBe("2");
  });

  test("count requests by endpoint, contacts by outcome, and refused numbers by reason", async () => {
    const { ask } = await openBook(app(), 3);
    await ask("POST", "/contacts/sync", { phoneNumbers: ["abc"], deviceContactsCount: 1 });
    await ask("GET", "/nowhere");
    await ask("POST", "/contacts/sync", { phoneNumbers: 5, deviceContactsCount: 1 });
    const { body, headers } = await app().request({ method: "GET", url: "/metrics" });
    expect(headers["content-type"]).toContain("text/plain");
    for (const line of [
      'contact_sync_http_request_duration_seconds_count{method="POST",route="/api/v1/contacts/sync",status="200"} 2',
      'contact_sync_http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 1',
      'contact_sync_problems_total{route="/api/v1/contacts/sync",code="INVALID_REQUEST"} 1',
      'contact_sync_contacts_total{outcome="processed"} 3',
      'contact_sync_contacts_total{outcome="inserted"} 3',
      'contact_sync_contacts_total{outcome="matched"} 0',
      'contact_sync_rejected_numbers_total{reason="NOT_A_NUMBER"} 1',
      'contact_sync_pool_connections{state="waiting"} 0',
      "contact_sync_pending_links 0",
      "contact_sync_pending_links_lag_seconds 0",
      "contact_sync_owners_in_the_way 0",
      "contact_sync_owners_in_the_way_seconds 0",
    ]) {
      expect(body.split("\n")).toContain(line);
    }
  });

  test("tell each time what was found out for it: how late the linker is, at once", async () => {
    const { pool } = app();
    const queue = async () => {
      const { body } = await app().request({ method: "GET", url: "/metrics" });
      const [waiting, lag] = ["", "_lag_seconds"].map((field) =>
        Number(new RegExp(`^contact_sync_pending_links${field} (.*)$`, "m").exec(body)?.[1]),
      );
      return { waiting, isHourLate: Number(lag) >= 3_600, isInTime: lag === 0 };
    };
    await pool.query(
      "insert into contact_sync_pending_links (phone_key, enqueued_at) values (gen_random_uuid(), now() - interval '1 hour')",
    );
    expect(await queue()).toEqual({ waiting: 1, isHourLate: true, isInTime: false });
    await pool.query("delete from contact_sync_pending_links");
    expect(await queue()).toEqual({ waiting: 0, isHourLate: false, isInTime: true });
  });
});

describePostgres("those who watch the service", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();

  test("ask the database one question at a time, however many they are", async () => {
    const asked: string[] = [];
    const { engine, close } = await openApp(database());
    const watched = await openApp(database(), {
      watchKeptMs: 60_000,
      checkReadiness: async () => {
        asked.push("readiness");
      },
      watch: {
        ...engine.sql,
        call: (name, values) => {
          asked.push(name);
          return engine.sql.call(name, values);
        },
      },
    });
    try {
      const ask = (url: string) =>
        Promise.all(Array.from({ length: 300 }, () => watched.request({ method: "GET", url })));
      const answers = [...(await ask("/readyz")), ...(await ask("/metrics"))];
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      expect(asked).toEqual([
        "readiness",
        "contact_sync_queue_state",
        "contact_sync_suspect_state",
      ]);
    } finally {
      await watched.close();
      await close();
    }
  });

  test("keep nobody from the database, though it does not answer them", async () => {
    const service = await startService(database().connectionString);
    const client = await database().pool.connect();
    try {
      // What tells whether it is migrated can't be read.
      await client.query("begin; lock table contact_sync_migrations in access exclusive mode");
      const strangers = Promise.all(
        Array.from({ length: 300 }, async () => (await fetch(`${service.address}/readyz`)).status),
      );
      await untilBlocked(database());

      const token = await signToken(JWT_SECRET, {
        role: "authenticated",
        userId: randomUUID(),
        expiresInSeconds: 600,
      });
      const neighbours = Array.from({ length: 20 }, async () => {
        const answer = await fetch(`${service.address}/api/v1/contacts/summary`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return answer.status;
      });
      expect(new Set(await Promise.all(neighbours))).toEqual(new Set([200]));
      expect((await untilBlocked(database())).length).toBe(1);
      expect(new Set(await strangers)).toEqual(new Set([503]));
    } finally {
      await client.query("rollback");
      client.release();
    }
    while ((await fetch(`${service.address}/readyz`)).status !== 200) await delay(50);
  });
});
