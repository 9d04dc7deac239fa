import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export type OwnerCommand = "stop" | "exit" | "throw" | "end" | "listen to SIGINT";

export type OwnerReport =
  | { event: "ready"; connectionString: string }
  | { event: "failed"; code: string; message: string }
  | { event: "lost"; code: string; message: string }
  | { event: "log"; message: string }
  | { event: "listening" };

type ReportOf<E extends OwnerReport["event"]> = Extract<OwnerReport, { event: E }>;

/** A process of its own that starts the embedded database in a directory. */
export interface OwnerProcess {
  pid: number;
  /** Everything that it has reported so far. */
  reports: OwnerReport[];
  /** The first report of one of these kinds, also one of the past. */
  next<E extends OwnerReport["event"]>(...events: E[]): Promise<ReportOf<E>>;
  /** Waits for `ready`; fails with what kept it from starting. */
  ready(): Promise<string>;
  send(command: OwnerCommand): void;
  /** Sends the signal, or nothing, and waits until the process is gone. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface OwnerOptions {
  /** `listens`: has a listener to SIGINT of its own before it starts the database. */
  flags?: "listens"[];
  uid?: number;
  gid?: number;
  env?: NodeJS.ProcessEnv;
}

const FILE = fileURLToPath(new URL("./embedded-owner.ts", import.meta.url));
const LOADER = new URL("./typescript.js", import.meta.url).href;

export function startOwner(
  dataDir: string,
  { flags = [], ...options }: OwnerOptions = {},
): OwnerProcess {
  const child = fork(FILE, [dataDir, ...flags], {
    ...options,
    env: { ...process.env, ...options.env },
    execArgv: ["--import", LOADER],
    // What an uncaught error prints is no business of the test run's output.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  child.stderr?.on("data", (text) => {
    complaint += text;
  });
  const reports: OwnerReport[] = [];
  child.on("message", (message) => reports.push(message as OwnerReport));
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;

  const next = async <E extends OwnerReport["event"]>(...events: E[]): Promise<ReportOf<E>> => {
    for (;;) {
      const found = reports.find((report) => (events as string[]).includes(report.event));
      if (found !== undefined) return found as ReportOf<E>;
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`ended before it was ${events.join(" or ")}: ${complaint}`);
      }
      await Promise.race([once(child, "message"), exited]);
    }
  };

  return {
    pid: child.pid ?? 0,
    reports,
    next,
    async ready() {
      const report = await next("ready", "failed");
      if (report.event === "failed") throw new Error(report.message);
      return report.connectionString;
    },
    send: (command) => send(child, command),
    async end(signal) {
      if (signal !== undefined) child.kill(signal);
      const [code, endSignal] = await exited;
      return { code, signal: endSignal };
    },
  };
}

function send(child: ChildProcess, command: OwnerCommand): void {
  child.send(command);
}
