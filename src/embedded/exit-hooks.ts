const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const stops = new Set<() => void>();

/**
 * Calls `stop`, which must do its work before it returns, when this process ends: by itself, by
 * `process.exit`, by an uncaught error or by a signal that ends a process.
 *
 * The host program keeps its say. Where it listens to a signal itself, it decides what the signal
 * means; where it does not, the process ends by that signal, as it would have without us.
 *
 * @returns takes the call back
 */
export function stopAtExit(stop: () => void): () => void {
  if (stops.size === 0) listen();
  stops.add(stop);
  return () => {
    if (stops.delete(stop) && stops.size === 0) unlisten();
  };
}

function listen(): void {
  process.on("exit", stopAll);
  // First in line, because a host's `once` listener is no longer counted after its turn.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off("exit", stopAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  stopAll();
  process.kill(process.pid, signal);
}

function stopAll(): void {
  unlisten();
  for (const stop of stops) stop();
  stops.clear();
}
