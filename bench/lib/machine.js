import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** @typedef {ReturnType<typeof describeMachine>} Machine */

/**
 * What the figures were measured on, and how much else was running: it explains a wide spread.
 *
 * @param {{ server?: Record<string, string> }} database its version and settings
 */
export function describeMachine({ server } = {}) {
  return {
    measured_at: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    load_average: loadavg().map((load) => Math.round(load * 10) / 10),
    server,
  };
}
