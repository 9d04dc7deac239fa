import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { hashNumbers } from "../../dist/contacts/hash-entries.js";
import { addressBook } from "../lib/address-books.js";
import { collectGarbage } from "../lib/collect-garbage.js";
import { spreadOf } from "../lib/statistics.js";

const NUMBERS = [1_000, 10_000];
const REGISTERED = 1_000_000;
const ROUNDS = 30;
/** Until code is compiled as far as it will be, here and in the worker. */
const WARM_UP_ROUNDS = 5;

/**
 * Normalises and hashes numbers in E.164 on the event loop, as the service does, and in a worker
 * thread that the list is copied to and the answer copied from.
 *
 * @returns {Promise<object[]>} a case for each size of list: how long it takes, and for how long the
 *   event loop can do nothing else
 */
export async function measureEventLoop() {
  const worker = new Worker(new URL("./hash-worker.js", import.meta.url));
  try {
    const cases = [];
    for (const numbers of NUMBERS) cases.push(await measureList(worker, numbers));
    return cases;
  } finally {
    await worker.terminate();
  }
}

async function measureList(worker, numbers) {
  const hashInline = hashNumbers(undefined);
  const rounds = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const list = addressBook(round, numbers, REGISTERED);
    const inline = await watched(() => hashInline(list, 0));
    const inWorker = await watched(async () => {
      worker.postMessage(list);
      const [answer] = await once(worker, "message");
      return answer;
    });
    if (inline.result.hashes.length !== numbers) throw new Error("a number was not hashed");
    if (inline.result.hashes.join() !== inWorker.result.hashes.join()) {
      throw new Error("the worker's hashes are others");
    }
    if (round >= WARM_UP_ROUNDS) rounds.push({ inline, inWorker });
  }
  const over = (figure) => spreadOf(rounds.map(figure));
  return {
    numbers,
    rounds: rounds.length,
    total_times_inline: over(({ inline, inWorker }) => inWorker.ms / inline.ms),
    blocked_times_inline: over(({ inline, inWorker }) => inWorker.blockedMs / inline.blockedMs),
    inline: {
      ms: over(({ inline }) => inline.ms),
      blocked_ms: over(({ inline }) => inline.blockedMs),
    },
    worker: {
      ms: over(({ inWorker }) => inWorker.ms),
      blocked_ms: over(({ inWorker }) => inWorker.blockedMs),
    },
  };
}

/** From the end of one turn of the event loop, which nothing else uses, to the end of the work. */
async function watched(work) {
  collectGarbage();
  await new Promise(setImmediate);
  const before = performance.eventLoopUtilization();
  const startedAt = performance.now();
  const result = await work();
  const ms = performance.now() - startedAt;
  return { result, ms, blockedMs: performance.eventLoopUtilization(before).active };
}
