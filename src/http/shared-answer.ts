/**
 * An answer for everybody who asks: those who ask while it is being found out, and those who ask
 * soon after, get the same one, a failure too. So however many ask, the work is done once at a time.
 *
 * @param keptMs how long it is given after it was found
 */
export function sharedAnswer<Answer>(
  find: () => Promise<Answer>,
  keptMs: number,
): () => Promise<Answer> {
  let shared: Promise<Answer> | undefined;
  let keptUntil = Number.POSITIVE_INFINITY;
  return () => {
    if (shared !== undefined && performance.now() < keptUntil) return shared;
    keptUntil = Number.POSITIVE_INFINITY;
    const found = find();
    shared = found;
    const keep = () => {
      keptUntil = performance.now() + keptMs;
    };
    found.then(keep, keep);
    return found;
  };
}
