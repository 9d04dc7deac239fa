import type { SyncResult, WriteCounts } from "@contact-sync/client";
import type pg from "pg";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Engine } from "../engine/engine.ts";
import { sharedAnswer } from "./shared-answer.ts";
import { withinPatience } from "./within.ts";

// 1 ms to 10 s: a sync of 300 contacts takes some milliseconds, one of 10,000 some hundred.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** bigint and numeric come from the driver as text. */
interface QueueState {
  readonly waiting: string | number;
  readonly lag_seconds: string | number;
  readonly owners_in_the_way: string | number;
  readonly in_the_way_seconds: string | number;
}

export interface Metrics {
  readonly registry: Registry;
  observeRequest(method: string, route: string, status: number, seconds: number): void;
  /** Counts a request that was answered with a problem. */
  countProblem(route: string, code: string): void;
  /** Counts what a write did; a sync's refusals too. */
  countWrite(
    counts: WriteCounts & Partial<Pick<SyncResult, "contacts_removed" | "rejected">>,
  ): void;
  /** Counts a sync by token: whether it brought something, nothing, or was refused. */
  countDelta(outcome: "changed" | "unchanged" | "refused"): void;
  /** Counts a sync that an owner's budget for new numbers had no room for. */
  countBudgetRefusal(): void;
}

/**
 * What `/metrics` shows. Labels are routes, outcomes and reasons: never a person, never a number.
 *
 * @param sql on connections that no request can keep busy
 * @param ofProcess whether the process is watched as well, which takes timers and is worth it only
 *   where somebody looks
 */
export function createMetrics(
  { sql }: Pick<Engine, "sql">,
  pool: pg.Pool | undefined,
  { ofProcess = true }: { ofProcess?: boolean } = {},
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (ofProcess) collectDefaultMetrics({ register: registry });

  const requests = new Histogram({
    name: "contact_sync_http_request_duration_seconds",
    help: "Requests by endpoint and status.",
    labelNames: ["method", "route", "status"],
    buckets: SECONDS,
    registers,
  });
  const problems = new Counter({
    name: "contact_sync_problems_total",
    help: "Requests answered with a problem, by endpoint and code.",
    labelNames: ["route", "code"],
    registers,
  });
  const contacts = new Counter({
    name: "contact_sync_contacts_total",
    help: "Contacts that syncs and bulk inserts handled, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  const rejected = new Counter({
    name: "contact_sync_rejected_numbers_total",
    help: "Numbers that syncs could not read, by reason.",
    labelNames: ["reason"],
    registers,
  });
  const deltas = new Counter({
    name: "contact_sync_deltas_total",
    help: "Syncs by token: changed, unchanged (nothing to write), or refused.",
    labelNames: ["outcome"],
    registers,
  });
  const budgetRefusals = new Counter({
    name: "contact_sync_budget_refusals_total",
    help: "Syncs refused because more numbers were new than their owner's budget had room for.",
    registers,
  });
  if (pool !== undefined) {
    new Gauge({
      name: "contact_sync_pool_connections",
      help: "Connections to the database, and calls waiting for one.",
      labelNames: ["state"],
      registers,
      collect() {
        this.set({ state: "busy" }, pool.totalCount - pool.idleCount);
        this.set({ state: "idle" }, pool.idleCount);
        this.set({ state: "waiting" }, pool.waitingCount);
      },
    });
  }
  // Gauges are collected all at once, so that they show one answer.
  const queue = sharedAnswer(
    () =>
      withinPatience(sql.call<QueueState>("contact_sync_queue_state", [])).catch(() => undefined),
    0,
  );
  const gaugeOfQueue = (name: string, field: keyof QueueState, help: string) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        // NaN while the database is away
        this.set(Number((await queue())?.[field]));
      },
    });
  gaugeOfQueue(
    "contact_sync_pending_links",
    "waiting",
    "Changes of the directory that the linker has not finished, counted up to 100,000.",
  );
  gaugeOfQueue(
    "contact_sync_pending_links_lag_seconds",
    "lag_seconds",
    "Age of the oldest change of the directory that the linker has not finished.",
  );
  gaugeOfQueue(
    "contact_sync_owners_in_the_way",
    "owners_in_the_way",
    "Owners whom somebody has had locked for longer than 30 seconds while links into their books wait.",
  );
  gaugeOfQueue(
    "contact_sync_owners_in_the_way_seconds",
    "in_the_way_seconds",
    "For how long the longest of them has been in the way; 0 without any.",
  );

  return {
    registry,
    observeRequest: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    countProblem: (route, code) => problems.inc({ route, code }),
    countWrite(counts) {
      contacts.inc({ outcome: "processed" }, counts.total_processed);
      contacts.inc({ outcome: "inserted" }, counts.contacts_inserted);
      contacts.inc({ outcome: "updated" }, counts.contacts_updated);
      contacts.inc({ outcome: "unchanged" }, counts.contacts_unchanged);
      contacts.inc({ outcome: "matched" }, counts.matched_contacts);
      contacts.inc({ outcome: "removed" }, counts.contacts_removed ?? 0);
      for (const { reason } of counts.rejected ?? []) rejected.inc({ reason });
    },
    countDelta: (outcome) => deltas.inc({ outcome }),
    countBudgetRefusal: () => budgetRefusals.inc(),
  };
}
