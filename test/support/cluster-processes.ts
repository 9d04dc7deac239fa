import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";

/** The processes, postmaster and all, that serve the cluster of a data directory. */
export function clusterProcesses(dataDir: string): number[] {
  const cluster = join(dataDir, "postgres");
  if (!existsSync("/proc/self/stat")) {
    return execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(`-D ${cluster} `))
      .map((line) => Number.parseInt(line, 10));
  }
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === cluster;
      } catch {
        return false;
      }
    });
}

/** Waits for the end of a cluster whose owner has ended, having told it to stop. */
export async function untilNoProcess(dataDir: string): Promise<void> {
  await until("the cluster's processes are gone", () => clusterProcesses(dataDir).length === 0);
}

export function postmasterOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8"), 10);
}
