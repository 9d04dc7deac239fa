import { once } from "node:events";
import { serve } from "../../http/serve.ts";
import { defineCommand } from "../command.ts";

export const serveCommand = defineCommand({
  usage: "serve",
  summary: "Run the REST service.",
  description:
    "On the embedded database, or on DATABASE_URL. Ends on Ctrl-C or SIGTERM when the requests under way are answered. docs/http.md lists its variables.",
  examples: ["serve"],
  async run({ io, printer }) {
    const service = await serve({
      environment: io.environment,
      announce: printer.remark,
      log: io.stdout,
      signal: io.signal,
    });
    try {
      printer.remark(`Listening on ${service.address} (API docs: ${service.address}/docs)`);
      if (!io.signal.aborted) await once(io.signal, "abort");
      printer.remark("Stopping.");
    } finally {
      await service.stop();
    }
    return undefined;
  },
});
