import { once } from "node:events";
import { startWorker } from "../../http/worker.ts";
import { defineCommand } from "../command.ts";

export const workerCommand = defineCommand({
  usage: "worker",
  summary: "Run what serve does beside answering: upkeep and webhooks.",
  description:
    "On the database of DATABASE_URL, beside any number of services and other workers. Give the services CONTACT_SYNC_JOBS=off where it is to do all of it. With CONTACT_SYNC_HEALTH_PORT it answers /healthz, /readyz and /metrics there. Ends on Ctrl-C or SIGTERM when what is under way is done.",
  examples: ["worker"],
  async run({ io, printer }) {
    const worker = await startWorker({
      environment: io.environment,
      announce: printer.remark,
      log: io.stdout,
      signal: io.signal,
    });
    try {
      const where = worker.address === undefined ? "" : ` (health: ${worker.address}/readyz)`;
      printer.remark(`Working${where}`);
      if (!io.signal.aborted) {
        // Its timers alone keep no process alive.
        const alive = setInterval(() => {}, 2 ** 30);
        await once(io.signal, "abort");
        clearInterval(alive);
      }
      printer.remark("Stopping.");
    } finally {
      await worker.stop();
    }
    return undefined;
  },
});
