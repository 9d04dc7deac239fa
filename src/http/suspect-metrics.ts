import { Gauge, type Registry } from "prom-client";
import type { SqlFunctions } from "../database/sql-functions.ts";
import { sharedAnswer } from "./shared-answer.ts";
import { withinPatience } from "./within.ts";

/** bigint comes from the driver as text. */
interface SuspectState {
  readonly suspects: string | number;
  readonly high_suspects: string | number;
  readonly held_owners: string | number;
}

/** What `/metrics` shows of syncs that look like an attack: how many owners, and never who. */
export function showSuspects(registry: Registry, sql: SqlFunctions): void {
  // Gauges are collected all at once, so that they show one answer.
  const state = sharedAnswer(
    () =>
      withinPatience(sql.call<SuspectState>("contact_sync_suspect_state", [])).catch(
        () => undefined,
      ),
    0,
  );
  const gauge = (name: string, field: keyof SuspectState, help: string) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        // NaN while the database is away
        this.set(Number((await state())?.[field]));
      },
    });
  gauge(
    "contact_sync_suspects",
    "suspects",
    "Owners whose syncs of the last 24 hours have scored 30 or more as an attack.",
  );
  gauge("contact_sync_high_suspects", "high_suspects", "Those of them who have scored 60 or more.");
  gauge(
    "contact_sync_held_owners",
    "held_owners",
    "Owners who get no new links until somebody releases them.",
  );
}
