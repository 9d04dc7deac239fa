import { describe, expect, test } from "vitest";
import { oneAhead } from "../../src/contacts/streams/one-ahead.ts";
import { untilAtRest } from "../support/until.ts";

async function* stream(...chunks: number[]) {
  yield* chunks;
}

describe("chunks one ahead", () => {
  test("are prepared while the one before is under way, and sent one after another", async () => {
    const log: string[] = [];
    await oneAhead(
      stream(1, 2, 3),
      (chunk) => {
        log.push(`prepare ${chunk}`);
        return chunk;
      },
      async (chunk) => {
        log.push(`send ${chunk}`);
        await untilAtRest();
        log.push(`sent ${chunk}`);
      },
    );
    expect(log).toEqual([
      "prepare 1",
      "send 1",
      "prepare 2",
      "sent 1",
      "send 2",
      "prepare 3",
      "sent 2",
      "send 3",
      "sent 3",
    ]);
  });

  test("let what was sent get away before a stream that never waits is read on", async () => {
    const log: string[] = [];
    await oneAhead(
      stream(1, 2),
      (chunk) => {
        log.push(`prepare ${chunk}`);
      },
      async () => {
        process.nextTick(() => log.push("away")); // as a driver does
      },
    );
    expect(log).toEqual(["prepare 1", "away", "prepare 2", "away"]);
  });

  test("end with nothing under way when the stream fails, and the stream's fault", async () => {
    let isUnderWay = false;
    async function* broken() {
      yield 1;
      throw new Error("the stream");
    }
    const ended = oneAhead(
      broken(),
      (chunk) => chunk,
      async () => {
        isUnderWay = true;
        await untilAtRest();
        isUnderWay = false;
      },
    );
    await expect(ended).rejects.toThrow("the stream");
    expect(isUnderWay).toBe(false);
  });

  test("of two faults throw the earlier chunk's, send nothing more, and close the stream", async () => {
    const sent: number[] = [];
    let isClosed = false;
    async function* closing() {
      try {
        yield* [1, 2, 3];
      } finally {
        isClosed = true;
      }
    }
    const ended = oneAhead(
      closing(),
      (chunk) => {
        if (chunk === 2) throw new Error("preparing 2");
        return chunk;
      },
      async (chunk) => {
        sent.push(chunk);
        await untilAtRest();
        throw new Error("sending 1");
      },
    );
    await expect(ended).rejects.toThrow("sending 1");
    expect(sent).toEqual([1]);
    expect(isClosed).toBe(true);
  });

  test("throw what the last one threw", async () => {
    const ended = oneAhead(
      stream(1),
      (chunk) => chunk,
      async () => {
        throw new Error("sending 1");
      },
    );
    await expect(ended).rejects.toThrow("sending 1");
  });
});
