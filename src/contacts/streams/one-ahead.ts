import { setImmediate } from "node:timers/promises";

/**
 * Works on chunks one after another, and prepares the next one meanwhile: the database writes a
 * chunk while this process reads and hashes the one after it.
 *
 * Whatever fails, nothing is under way any more when this ends. Of two faults, the earlier chunk's
 * is thrown.
 *
 * @param prepare what `send` gets; throws to end the whole
 * @param send returns when the chunk is committed
 */
export async function oneAhead<Chunk, Prepared>(
  chunks: AsyncIterable<Chunk>,
  prepare: (chunk: Chunk) => Prepared,
  send: (prepared: Prepared) => Promise<void>,
): Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      const prepared = prepare(chunk);
      await underWay;
      underWay = send(prepared);
      underWay.catch(() => {}); // whoever waits for it below hears of it
      // A stream that has everything at hand would never let the driver send it off.
      await setImmediate();
    }
  } finally {
    await underWay;
  }
}
