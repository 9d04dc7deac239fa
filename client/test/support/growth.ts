/** What a linear reading may take for twice the text; a quadratic one takes four times as long. */
export const LINEAR = 2.6;

/** Over several doublings the two are further apart than any noise brings them together. */
const DOUBLINGS = 3;
const RUNS = 2;
const ATTEMPTS = 8;
/** Milliseconds; shorter runs are made of the clock's noise. */
const SHORTEST_RUN = 1;
/** Texts of many megabytes measure the memory: what is faster is measured several times over. */
const LARGEST_FACTOR = 2 ** 8;
const MOST_REPETITIONS = 2 ** 12;

/**
 * How many times as long the work takes when its size is doubled: the best of several runs each,
 * and the lowest of several attempts, as all that disturbs a measurement adds to it.
 *
 * @param work makes ready what is measured: does the work once for that size
 * @param size doubled, and the work then repeated, until that takes long enough to be measured
 */
export async function growth(work: (size: number) => () => unknown, size: number): Promise<number> {
  let measured = size;
  while (measured < size * LARGEST_FACTOR && (await fastest(work(measured))) < SHORTEST_RUN) {
    measured *= 2;
  }
  let repetitions = 1;
  while (
    repetitions < MOST_REPETITIONS &&
    (await fastest(repeated(work(measured), repetitions))) < SHORTEST_RUN
  ) {
    repetitions *= 2;
  }
  let lowest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && lowest > LINEAR; attempt += 1) {
    const small = await fastest(repeated(work(measured), repetitions));
    const large = await fastest(repeated(work(measured * 2 ** DOUBLINGS), repetitions));
    // Below the clock's noise there is nothing to compare, and nothing to fear.
    lowest = Math.min(lowest, large < SHORTEST_RUN ? 0 : (large / small) ** (1 / DOUBLINGS));
  }
  return lowest;
}

function repeated(run: () => unknown, times: number): () => Promise<void> {
  return async () => {
    for (let time = 0; time < times; time += 1) await run();
  };
}

/**
 * Milliseconds of the processor that the fastest of several runs takes: the clock on the wall
 * counts what other processes take, too.
 */
export async function fastest(run: () => unknown, runs = RUNS): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < runs; round += 1) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}
