import { runLinker } from "../directory/linker.ts";
import { removeExpired } from "../directory/retention.ts";
import type { Engine } from "../engine/engine.ts";
import type { Log } from "./log.ts";
import { watchOwnersInTheWay } from "./owners-in-the-way.ts";

// A link that had to wait for a running sync is finished about as soon as that sync has ended.
const LINKER_EVERY_MS = 1_000;
const WATCH_EVERY_MS = 10_000;
const PRUNING_EVERY_MS = 3_600_000;

/**
 * Does by and by what no request waits for: links that could not be finished at once, old runs
 * folded into totals, kept answers and abandoned streams dropped, and what retention removes; and
 * says who keeps it from it.
 *
 * @returns stops it, when what is under way is done
 */
export function startUpkeep(engine: Engine, logger: Log): () => Promise<void> {
  const watch = watchOwnersInTheWay(engine, logger);
  const stops = [
    repeat("linker", LINKER_EVERY_MS, (isStopped) => runLinker(engine, isStopped), logger),
    repeat("watch", WATCH_EVERY_MS, watch, logger),
    repeat(
      "pruning",
      PRUNING_EVERY_MS,
      (isStopped) => removeExpired(engine, () => !isStopped()),
      logger,
    ),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Runs work over and over, a pause after each; a failure is logged and the next turn tries again. */
export function repeat(
  name: string,
  pauseMs: number,
  work: (isStopped: () => boolean) => Promise<unknown>,
  logger: Log,
): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let turn: Promise<void> = Promise.resolve();
  let isStopped = false;
  const take = () => {
    turn = work(() => isStopped).then(
      () => schedule(),
      (error: { code?: unknown }) => {
        logger.warn({ upkeep: name, code: error.code }, "upkeep failed; it is tried again");
        schedule();
      },
    );
  };
  const schedule = () => {
    if (!isStopped) timer = setTimeout(take, pauseMs).unref();
  };
  take();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await turn;
  };
}
