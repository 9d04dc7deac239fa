import { PassThrough, type Readable } from "node:stream";
import type { BulkInsertResult } from "@contact-sync/client";
import type { FastifyRequest } from "fastify";
import type { BulkContact } from "../contacts/bulk-insert/bulk-insert-item.ts";
import type { BulkInsertOptions } from "../contacts/bulk-insert/bulk-insert-options.ts";
import { readJsonLines } from "../readers/ndjson/json-lines.ts";
import { problemOf } from "./problem.ts";

type Insert = (
  contacts: AsyncIterable<BulkContact>,
  options: BulkInsertOptions,
) => Promise<BulkInsertResult>;

/**
 * Stores a streamed body and answers with lines: progress after every chunk, then the result or
 * the problem. A fault before the first chunk is an ordinary problem, with its status.
 *
 * Nothing is read from the client while a chunk is being stored or while the client does not read
 * the answer; a client that goes away in the middle leaves whole chunks only.
 */
export async function streamedImport(
  request: FastifyRequest,
  body: Readable,
  insert: Insert,
): Promise<PassThrough> {
  const answer = new PassThrough();
  const write = (line: unknown) => answer.write(`${JSON.stringify(line)}\n`);
  let tellFirstChunk = () => {};
  const firstChunk = new Promise<void>((resolve) => {
    tellFirstChunk = resolve;
  });

  async function* contacts(): AsyncGenerator<BulkContact> {
    // Not destroyed when a fault ends the reading: the connection still has to carry the answer.
    for await (const { value } of readJsonLines(body.iterator({ destroyOnReturn: false }))) {
      yield value as BulkContact;
      if (answer.writableNeedDrain) await drained(answer);
    }
  }

  const stored = insert(contacts(), {
    onProgress: (progress) => {
      write({ progress });
      tellFirstChunk();
    },
  });
  stored
    .then(
      (data) => write({ success: true, data }),
      (fault: Error) => write(problemOf(fault, request)),
    )
    .finally(() => {
      answer.end();
      // What comes after a fault is let go by: a client may read only when it has sent all. Of a
      // body that is unpacked, only what comes and not what is in it.
      if (body === request.raw) body.resume();
      else body.destroy();
    });
  await Promise.race([firstChunk, stored]);
  return answer;
}

/** Until the client has read on, or has gone. */
function drained(answer: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      answer.off("drain", done).off("close", done);
      resolve();
    };
    answer.on("drain", done).on("close", done);
  });
}
