/** What a linear reading may take for twice the text; a quadratic one takes four times as long. */
export const LINEAR = 2.6;

const RUNS = 3;
const ATTEMPTS = 8;
/** Milliseconds; shorter runs are made of the clock's noise. */
const SHORTEST_RUN = 2;
const LARGEST_FACTOR = 2 ** 12;

/**
 * How many times as long the work takes when its size is doubled: the best of several runs each,
 * and the lowest of several attempts at growing sizes, as all that disturbs a measurement adds to it.
 *
 * @param work makes ready what is measured: does the work once for that size
 * @param size doubled until the work takes long enough to be measured
 */
export async function growth(work: (size: number) => () => unknown, size: number): Promise<number> {
  let measured = size;
  let once = await fastest(work(measured));
  while (once < SHORTEST_RUN && measured < size * LARGEST_FACTOR) {
    measured *= 2;
    once = await fastest(work(measured));
  }
  let lowest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && lowest > LINEAR; attempt += 1) {
    const twice = await fastest(work(measured * 2));
    // Below the clock's noise there is nothing to compare, and nothing to fear.
    lowest = Math.min(lowest, twice < SHORTEST_RUN ? 0 : twice / once);
    // The larger size is next: what is linear shows it sooner or later, what is not never does.
    if (attempt % 2 === 0) once = await fastest(work(measured));
    else {
      measured *= 2;
      once = twice;
    }
    if (once > LONGEST_RUN) break;
  }
  return lowest;
}

/** Milliseconds after which nothing more is tried: by then the answer is known. */
const LONGEST_RUN = 2_000;

/**
 * Milliseconds of the processor that the fastest of several runs takes: the clock on the wall
 * counts what other processes take, too.
 */
export async function fastest(run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < RUNS; round += 1) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
    if (best > LONGEST_RUN) break;
  }
  return best;
}
