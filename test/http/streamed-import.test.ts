import { randomUUID } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { FastifyRequest } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BulkInsertOptions } from "../../src/contacts/bulk-insert/bulk-insert-options.ts";
import { streamedImport } from "../../src/http/streamed-import.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until, untilAtRest } from "../support/until.ts";
import { hashOf } from "../support/use-contact-sync.ts";
import { useServiceProcesses } from "./service-process.ts";
import { type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

const CHUNK = 5_000;

function lineOf(owner: string, n: number): string {
  return `${JSON.stringify({ owner_id: owner, phone_hash: hashOf(n) })}\n`;
}

function* lines(owner: string, count: number): Generator<string> {
  for (let first = 0; first < count; first += 500) {
    const block = Array.from({ length: Math.min(500, count - first) }, (_, place) =>
      lineOf(owner, first + place),
    );
    yield block.join("");
  }
}

interface Line {
  readonly progress?: { readonly received: number; readonly processed: number };
  readonly success?: boolean;
  readonly data?: Record<string, number>;
  readonly code?: string;
}

describePostgres("a streamed import", (server) => {
  const database = useDatabase(server);
  const startService = useServiceProcesses();
  let app: OpenApp;
  let address: string;
  beforeAll(async () => {
    app = await openApp(database());
    address = await app.app.listen({ port: 0, host: "127.0.0.1" });
  });
  afterAll(() => app.close());

  /** Over a socket, for what matters here is how the two directions get along. */
  function post(to = address) {
    const request = httpRequest(`${to}/api/v1/contacts/bulk-insert?batchSize=1000`, {
      method: "POST",
      agent: false, // a connection of its own, which ends with it
      headers: { authorization: `Bearer ${SERVICE_KEY}`, "content-type": "application/x-ndjson" },
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.on("response", resolve).on("error", reject);
    });
    response.catch(() => {}); // some tests leave before it
    return { request, response };
  }

  async function send(body: string | Iterable<string>, to = address) {
    const { request, response } = post(to);
    Readable.from(typeof body === "string" ? [body] : body).pipe(request);
    const { statusCode, headers, ...rest } = await response.then(async (incoming) => ({
      statusCode: incoming.statusCode,
      headers: incoming.headers,
      body: await text(incoming),
    }));
    const parsed = rest.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    return { statusCode, headers, body: rest.body, lines: parsed, last: parsed.at(-1) };
  }

  const storedOf = async (owner: string): Promise<number> => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    return rows[0].stored;
  };

  /** The database's sessions that are at work on an import, or in a transaction. */
  const busy = async (): Promise<number> => {
    const { rows } = await database().pool.query(
      `select count(*)::integer as busy from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
          and (state like 'idle in transaction%'
               or state = 'active' and query like '%bulk_insert_contacts%')`,
    );
    return rows[0].busy;
  };

  const openConnections = promisify((done: (error: Error | null, count: number) => void) =>
    app.app.server.getConnections(done),
  );

  test("answers a line of progress after every chunk, then the result", async () => {
    const owner = randomUUID();
    const { statusCode, headers, lines: answered } = await send(lines(owner, 12_000));
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(headers["cache-control"]).toBe("no-store");
    expect(answered).toEqual([
      { progress: { received: 5_000, processed: 5_000 } },
      { progress: { received: 10_000, processed: 10_000 } },
      { progress: { received: 12_000, processed: 12_000 } },
      {
        success: true,
        data: expect.objectContaining({ contacts_inserted: 12_000, batch_size: 1_000 }),
      },
    ]);
    expect(await storedOf(owner)).toBe(12_000);
  });

  test("tells of a chunk while the next one is still to come", async () => {
    const owner = randomUUID();
    const { request, response } = post();
    for (const block of lines(owner, CHUNK)) request.write(block);
    const answered = createInterface(await response)[Symbol.asyncIterator]();
    expect((await answered.next()).value).toBe('{"progress":{"received":5000,"processed":5000}}');
    expect(await storedOf(owner)).toBe(CHUNK);
    request.end(lineOf(owner, CHUNK));
    await answered.next();
    expect(JSON.parse((await answered.next()).value).data.contacts_inserted).toBe(CHUNK + 1);
  });

  test("of nothing is a result, too", async () => {
    const { statusCode, last } = await send("\n\n");
    expect(statusCode).toBe(200);
    expect(last).toMatchObject({ success: true, data: { total_processed: 0 } });
  });

  test.each([
    ["no JSON", () => "secret-text\n", "UNREADABLE_FILE"],
    ["no contact", () => '{"owner_id":"secret-text"}\n', "INVALID_CONTACT"],
    [
      "a malformed hash",
      () => lineOf(randomUUID(), 0).replace(/[0-9a-f]{32}/, "secret-text"),
      "INVALID_PHONE_HASH",
    ],
  ])("with %s in its first chunk is refused with 400, however much follows", async (_, bad, code) => {
    const owner = randomUUID();
    function* body() {
      yield bad();
      yield* lines(owner, 40_000); // some megabytes, more than the connection's buffers hold
    }
    const { statusCode, headers, body: answered, last } = await send(body());
    expect(statusCode).toBe(400);
    expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(last).toMatchObject({ success: false, code });
    expect(answered).not.toContain("secret-text");
    expect(await storedOf(owner)).toBe(0);
  });

  test("with a fault in a later chunk keeps those before, and its last line names the place", async () => {
    const owner = randomUUID();
    function* body() {
      yield* lines(owner, CHUNK + 500);
      yield '{"owner_id": secret-text}\n';
      yield* lines(owner, 40_000);
    }
    const { statusCode, body: answered, lines: parsed, last } = await send(body());
    expect(statusCode).toBe(200);
    expect(parsed[0]).toEqual({ progress: { received: CHUNK, processed: CHUNK } });
    expect(last).toMatchObject({
      success: false,
      code: "UNREADABLE_FILE",
      status: 400,
      details: { line: CHUNK + 501 },
      request_id: expect.any(String),
    });
    expect(answered).not.toContain("secret-text");
    expect(await storedOf(owner)).toBe(CHUNK);
  });

  test("whose client goes away in the middle leaves whole chunks only", async () => {
    const owner = randomUUID();
    const { request, response } = post();
    for (const block of lines(owner, CHUNK + 2_500)) request.write(block);
    const incoming = await response;
    incoming.on("error", () => {}).resume();
    await until("the first chunk is stored", async () => (await storedOf(owner)) > 0);
    const closed = new Promise((resolve) => incoming.on("close", resolve));
    request.destroy();
    await closed;
    await until("the service has noticed", async () => (await openConnections()) === 0);
    await until("nothing of it is under way", async () => (await busy()) === 0);

    expect(await storedOf(owner)).toBe(CHUNK);
    expect((await send(lines(owner, CHUNK))).last?.data).toMatchObject({
      contacts_unchanged: CHUNK,
    });
  });

  test("that dies with its server is completed by a repeated one", async () => {
    const owner = randomUUID();
    const service = await startService(database().connectionString);
    const { request, response } = post(service.address);
    request.on("error", () => {});
    Readable.from(lines(owner, 60_000)).pipe(request);
    const answered = createInterface(await response)[Symbol.asyncIterator]();
    await answered.next();
    service.kill("SIGKILL");
    await service.ended;
    await until("the database has come to its end with it", async () => (await busy()) === 0);
    const before = await storedOf(owner);
    expect(before).toBeGreaterThanOrEqual(CHUNK);
    expect(before).toBeLessThan(60_000);
    expect(before % CHUNK).toBe(0);

    const { last } = await send(lines(owner, 60_000)); // another server on the same database
    expect(last?.data).toMatchObject({
      total_processed: 60_000,
      contacts_inserted: 60_000 - before,
      contacts_unchanged: before,
    });
    expect(await storedOf(owner)).toBe(60_000);
  });
});

describe("the two directions of a streamed import", () => {
  const request = { id: "a-request" } as FastifyRequest;
  const result = { total_processed: 0 } as never;

  /** A body that counts what was taken from it. */
  function countedBody(count: number) {
    const taken = { lines: 0 };
    const body = Readable.from(
      (function* () {
        for (; taken.lines < count; taken.lines += 1) yield Buffer.from(`{"n":${taken.lines}}\n`);
      })(),
      { objectMode: false, highWaterMark: 1024 },
    );
    return { taken, body };
  }

  /** Stands for an import with very many lines of progress. */
  const tellEach =
    (padding: string) =>
    async (contacts: AsyncIterable<unknown>, { onProgress }: BulkInsertOptions) => {
      for await (const contact of contacts) onProgress?.({ contact, padding } as never);
      return result;
    };

  test("do not run away from a client that does not read its answer", async () => {
    const { taken, body } = countedBody(10_000);
    const answer = await streamedImport(request, body, tellEach("x".repeat(1_000)));
    await untilAtRest();
    const stopped = taken.lines;
    await untilAtRest();
    expect(taken.lines).toBe(stopped);
    expect(stopped).toBeLessThan(1_000);

    const answered = (await text(answer)).trimEnd().split("\n");
    expect(taken.lines).toBe(10_000);
    expect(answered).toHaveLength(10_001);
  });

  test("end when the client goes away without reading it", async () => {
    const { body } = countedBody(10_000);
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const insert = tellEach("x".repeat(1_000));
    const answer = await streamedImport(request, body, (contacts, options) =>
      insert(contacts, options).finally(ended),
    );
    await untilAtRest();
    answer.destroy();
    await end;
  });

  test("read nothing while a chunk is being stored", async () => {
    const { taken, body } = countedBody(100_000);
    let store = () => {};
    const answered = streamedImport(request, body, async (contacts) => {
      for await (const _ of contacts) {
        await new Promise<void>((resolve) => {
          store = resolve;
        });
        break;
      }
      return result;
    });
    await untilAtRest();
    const stopped = taken.lines;
    await untilAtRest();
    expect(taken.lines).toBe(stopped);
    expect(stopped).toBeLessThan(20_000);
    store();
    await text(await answered);
  });
});
