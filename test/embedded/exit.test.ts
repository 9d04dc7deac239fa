import { describe, expect, test } from "vitest";
import { startEmbeddedDatabase } from "../../src/embedded/start-embedded-database.ts";
import { untilNoProcess } from "../support/cluster-processes.ts";
import { useDataDirs } from "../support/data-dirs.ts";

const { usedDataDir, start } = useDataDirs();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

describe("the embedded database stops with its process", () => {
  test.each(SIGNALS)("that is ended by %s", async (signal) => {
    const dataDir = await usedDataDir();
    const owner = start(dataDir);
    await owner.ready();
    expect(await owner.end(signal)).toEqual({ code: null, signal });
    await untilNoProcess(dataDir);
  });

  test.each([
    ["calls process.exit", "exit", 7],
    ["throws what nobody catches", "throw", 1],
    ["has nothing left to do", "end", 0],
    ["stops it", "stop", 0],
  ] as const)("that %s", async (_how, command, code) => {
    const dataDir = await usedDataDir();
    const owner = start(dataDir);
    await owner.ready();
    owner.send(command);
    expect(await owner.end()).toEqual({ code, signal: null });
    await untilNoProcess(dataDir);
  });

  test("that handles a signal in its own way, only when it ends", async () => {
    const dataDir = await usedDataDir();
    const owner = start(dataDir);
    await owner.ready();
    owner.send("listen to SIGINT");
    await owner.next("listening");
    expect(await owner.end("SIGINT")).toEqual({ code: 8, signal: null });
    await untilNoProcess(dataDir);
  });

  test("also when it has listened from before the start", async () => {
    const dataDir = await usedDataDir();
    const owner = start(dataDir, { flags: ["listens"] });
    await owner.ready();
    expect(await owner.end("SIGINT")).toEqual({ code: 8, signal: null });
    await untilNoProcess(dataDir);
  });

  test("and takes its listeners away when it is stopped", async () => {
    const dataDir = await usedDataDir();
    const events = [...SIGNALS, "exit"];
    const before = events.map((event) => process.listenerCount(event));
    const { stop } = await startEmbeddedDatabase({ dataDir });
    expect(events.map((event) => process.listenerCount(event))).toEqual(
      before.map((count) => count + 1),
    );
    await stop();
    expect(events.map((event) => process.listenerCount(event))).toEqual(before);
  });
});
