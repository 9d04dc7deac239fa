import { ContactSyncError } from "@contact-sync/client";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { openBook } from "./book.ts";
import { useApp } from "./support.ts";

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
    const { body, headers } = await app().request({ method: "GET", url: "/metrics" });
    expect(headers["content-type"]).toContain("text/plain");
    for (const line of [
      'contact_sync_http_request_duration_seconds_count{method="POST",route="/api/v1/contacts/sync",status="200"} 2',
      'contact_sync_http_request_duration_seconds_count{method="GET",route="unknown",status="404"} 1',
      'contact_sync_contacts_total{outcome="processed"} 3',
      'contact_sync_contacts_total{outcome="inserted"} 3',
      'contact_sync_contacts_total{outcome="matched"} 0',
      'contact_sync_rejected_numbers_total{reason="NOT_A_NUMBER"} 1',
      'contact_sync_pool_connections{state="waiting"} 0',
      "contact_sync_pending_links 0",
      "contact_sync_pending_links_lag_seconds 0",
    ]) {
      expect(body.split("\n")).toContain(line);
    }
  });
});
