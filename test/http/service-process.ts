import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import { JWT_SECRET, SERVICE_KEY } from "./support.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const TYPESCRIPT = new URL("../support/typescript.js", import.meta.url).href;

/** `contact-sync serve` in a process of its own. */
export interface ServiceProcess {
  /** Where it listens. */
  readonly address: string;
  /** All that it has printed, its log among it. */
  readonly output: () => string;
  kill(signal: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  /** In MB, the most that it ever had; on Linux. */
  peakMemory(): Promise<number>;
}

/** Starts services for a test, on a migrated database; they are gone after it. */
export function useServiceProcesses(): (
  connectionString: string,
  environment?: Record<string, string>,
) => Promise<ServiceProcess> {
  const started: ServiceProcess[] = [];
  afterEach(async () => {
    for (const service of started.splice(0)) {
      service.kill("SIGKILL");
      await service.ended;
    }
  });
  return async (connectionString, environment = {}) => {
    const service = await start(connectionString, environment);
    started.push(service);
    return service;
  };
}

async function start(
  connectionString: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, ["--import", TYPESCRIPT, MAIN, "serve"], {
    env: {
      PATH,
      DATABASE_URL: connectionString,
      CONTACT_SYNC_KEY: TEST_KEY,
      CONTACT_SYNC_JWT_SECRET: JWT_SECRET,
      CONTACT_SYNC_SERVICE_KEYS: SERVICE_KEY,
      CONTACT_SYNC_RATE_LIMIT_PER_OWNER: "0",
      CONTACT_SYNC_RATE_LIMIT_PER_ADDRESS: "0",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "trace",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const address = /Listening on (\S+)/.exec(output)?.[1];
        if (address !== undefined) resolve(address);
      });
    }
  });
  const address = await Promise.race([listening, ended.then(() => undefined)]);
  if (address === undefined) throw new Error(`the service did not start: ${output}`);
  return {
    address,
    output: () => output,
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async peakMemory() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
    },
  };
}
