// A process that owns an embedded database and ends as it is told. See `owner-process.ts`.
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import type { OwnerCommand, OwnerReport } from "./owner-process.ts";

const [dataDir = "", ...flags] = process.argv.slice(2);
const report = (message: OwnerReport) => process.send?.(message);

// The host's own way to handle a signal: it ends later, and with a code.
const listenToSigint = () => {
  process.once("SIGINT", () => setTimeout(() => process.exit(8), 200));
};
if (flags.includes("listens")) listenToSigint();

try {
  const database = await startEmbeddedDatabase({
    dataDir,
    announce: () => {},
    log: (message) => report({ event: "log", message }),
    onLost: ({ code, message }) => report({ event: "lost", code, message }),
  });
  process.on("message", async (command: OwnerCommand) => {
    switch (command) {
      case "stop":
        await database.stop();
        process.disconnect();
        break;
      case "exit":
        process.exit(7);
        break;
      case "throw":
        throw new Error("thrown by the test");
      case "end":
        // Nothing is left to do: the process ends by itself.
        process.disconnect();
        break;
      case "listen to SIGINT":
        listenToSigint();
        report({ event: "listening" });
        break;
    }
  });
  report({ event: "ready", connectionString: database.connectionString });
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  report({ event: "failed", code, message });
  process.disconnect();
}
