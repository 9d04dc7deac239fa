/**
 * Milliseconds that work takes when nothing else is in its way: the least of several times. For
 * ratios between two kinds of work, which are the same on every machine.
 */
export function fastest(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 9; time += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
