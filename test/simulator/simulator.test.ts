import { afterEach, beforeEach, expect, test } from "vitest";
import { runs } from "../../client/test/support/runs.ts";
import { describePostgres } from "../support/postgres.ts";
import { checkLog, settle } from "./check.ts";
import { run } from "./run.ts";
import { type Scale, World } from "./world.ts";

const {
  CONTACT_SYNC_SIMULATOR_HISTORY,
  CONTACT_SYNC_SIMULATOR_MINUTES,
  CONTACT_SYNC_SIMULATOR_SEED,
} = process.env;

/** Hundreds of devices over all runs; each is small enough that they meet. */
const SMALL: Scale = { owners: 8, phones: 20, numbers: 200, cards: 30, large: 0 };
/** A few have so many contacts that a device sends them in parts. */
const LARGE: Scale = { owners: 2, phones: 4, numbers: 11_500, cards: 30, large: 10_400 };
const LARGE_EVERY = 12;

const MINUTES = Number(CONTACT_SYNC_SIMULATOR_MINUTES ?? "0");
const SEEDS = runs(2);
const MOST_FAILED = 5;
const [first = 0, last = first] = (CONTACT_SYNC_SIMULATOR_SEED ?? "").split("-").map(Number);
const TIME_LIMIT_MS = Math.max(
  10 * 60_000,
  (MINUTES + 10) * 60_000,
  Math.max(SEEDS, last - first + 1) * 120_000,
);

/** Unless one is given, others each time: what is found once is found by its seed again. */
function seeds(): Iterable<number> {
  if (first > 0) return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const drawnFirst = Math.floor(Math.random() * 1_000_000) * 1_000;
  console.log(`CONTACT_SYNC_SIMULATOR_SEED=${drawnFirst} and those after it`);
  return drawn(drawnFirst);
}

function* drawn(first: number): Generator<number> {
  const until = performance.now() + MINUTES * 60_000;
  for (let seed = first; seed < first + SEEDS || performance.now() < until; seed += 1) yield seed;
}

describePostgres("phones that sync whatever happens", (server) => {
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  beforeEach(() => {
    process.on("unhandledRejection", note);
  });
  afterEach(() => {
    process.off("unhandledRejection", note);
  });

  test(
    "are in step with the service at last, and cost no full sync without a cause",
    async () => {
      const totals = new Map<string, number>();
      const failed: Record<string, readonly string[]> = {};
      for (const seed of seeds()) {
        const world = await simulated(seed);
        for (const [what, times] of world.counts) totals.set(what, (totals.get(what) ?? 0) + times);
        if (world.faults.length === 0) continue;
        // A long run goes on, and stops where there is more than anybody reads.
        failed[`CONTACT_SYNC_SIMULATOR_SEED=${seed}`] = world.faults;
        console.log(`CONTACT_SYNC_SIMULATOR_SEED=${seed}\n${historyOf(world)}`);
        if (Object.keys(failed).length >= MOST_FAILED) break;
      }
      console.log(reportOf(totals));
      expect({ failed, rejections }).toEqual({ failed: {}, rejections: [] });
    },
    TIME_LIMIT_MS,
  );

  async function simulated(seed: number): Promise<World> {
    const database = await server.createDatabase();
    const scale = seed % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE : SMALL;
    const world = new World(seed, database, scale);
    world.counts.set("phones", scale.phones).set("owners", scale.owners).set("seeds", 1);
    try {
      await run(world, scale === LARGE ? 40 : 240);
      if (world.faults.length === 0) await settle(world);
    } catch (error) {
      world.fault((error as Error).stack ?? String(error));
    } finally {
      await world.service.stop();
      await world.service.removeBackups();
      await database.drop();
    }
    checkLog(world);
    return world;
  }
});

/** Of the phone that a fault names, or of everybody, as far as it can be read. */
function historyOf({ history, faults }: World): string {
  const phone = /^phone \d+/.exec(faults[0] ?? "")?.[0] ?? "";
  const isOfIt = (line: string) =>
    CONTACT_SYNC_SIMULATOR_HISTORY === "all" ||
    line.endsWith(phone) ||
    line.includes(`  ${phone} `) ||
    line.includes(`  ${phone}:`);
  return history.filter(isOfIt).slice(-120).join("\n");
}

function reportOf(totals: ReadonlyMap<string, number>): string {
  return [...totals]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, times]) => `${String(times).padStart(8)}  ${what}`)
    .join("\n");
}
