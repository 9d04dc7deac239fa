import pg from "pg";
import { limitedPool } from "../../src/database/limited-pool.ts";
import { openEngine } from "../../src/engine/open-engine.ts";
import type { DeliverOptions } from "../../src/events/deliver.ts";
import { DeliveryCounts } from "../../src/events/delivery-counts.ts";
import { parseSecret } from "../../src/events/signature.ts";
import { createLogger } from "../../src/http/logger.ts";
import { startWebhooks } from "../../src/jobs/webhooks.ts";
import { TEST_KEY } from "../support/key.ts";
import { SECRET } from "./receiver.ts";

/** What `serve` does for webhooks, in this process. */
export interface Worker {
  /** Every line that was logged, as JSON. */
  readonly log: string[];
  readonly counts: DeliveryCounts;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly delivery?: DeliverOptions;
  readonly schema?: string;
  readonly userIds?: "uuid" | "text";
}

export async function startWorker(
  { connectionString }: { connectionString: string },
  url: string,
  { delivery, schema = "public", userIds }: WorkerOptions = {},
): Promise<Worker> {
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const log: string[] = [];
  const counts = new DeliveryCounts();
  try {
    const database = limitedPool(pool, { queryMs: 60_000, waiting: 100 });
    const { engine } = await openEngine({ database, key: TEST_KEY, schema, userIds });
    const stop = await startWebhooks({
      engine,
      pool,
      schema,
      webhook: {
        url: new URL(url),
        secrets: [parseSecret(SECRET) as Buffer],
        allowsPrivate: true,
      },
      logger: createLogger("trace", { write: (line: string) => log.push(line) }),
      counts,
      delivery,
    });
    return {
      log,
      counts,
      async stop() {
        await stop();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
