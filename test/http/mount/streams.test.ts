import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createHandler } from "../../../src/http/mount/index.ts";
import { describePostgres } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { hashOf, useContactSync } from "../../support/use-contact-sync.ts";

const CHUNK = 5_000;

describePostgres("a stream through a handler", (server) => {
  const { contactSync, database } = useContactSync(server);
  const handler = () =>
    createHandler(contactSync(), {
      authenticate: () => ({ role: "service_role" }),
      logger: () => {},
    });
  const post = (body: ReadableStream | Uint8Array, headers = {}, signal?: AbortSignal) =>
    new Request("https://app.example/api/v1/contacts/bulk-insert?batchSize=1000", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", ...headers },
      body: body as never,
      duplex: "half",
      ...(signal === undefined ? {} : { signal }),
    } as RequestInit);
  const line = (owner: string, n: number) =>
    `${JSON.stringify({ owner_id: owner, phone_hash: hashOf(n) })}\n`;
  const stored = async (owner: string) => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    return rows[0].stored as number;
  };
  /** Lines, made when they are asked for. */
  function body(owner: string, count: number) {
    const state = { made: 0 };
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (state.made >= count) return controller.close();
        const lines = Array.from({ length: 500 }, (_, n) => line(owner, state.made + n));
        state.made += 500;
        controller.enqueue(new TextEncoder().encode(lines.join("")));
      },
    });
    return { stream, state };
  }

  test("is answered line by line, and read no faster than it is stored", async () => {
    const owner = randomUUID();
    const { stream, state } = body(owner, 6 * CHUNK);
    const answer = await handler()(post(stream));
    expect(answer.status).toBe(200);
    // The answer has begun with the first chunk, long before the end.
    expect(state.made).toBeLessThan(5 * CHUNK);
    const lines = (await answer.text())
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toMatchObject({ success: true, data: { contacts_inserted: 6 * CHUNK } });
  });

  test("may be compressed", async () => {
    const owner = randomUUID();
    const text = Array.from({ length: CHUNK }, (_, n) => line(owner, n)).join("");
    const answer = await handler()(post(gzipSync(text), { "content-encoding": "gzip" }));
    const last = (await answer.text()).trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ data: { contacts_inserted: CHUNK } });
  });

  test("that breaks off leaves whole chunks, and holds up nothing", async () => {
    const owner = randomUUID();
    const gone = new AbortController();
    let rest: ReadableStreamDefaultController<Uint8Array> | undefined;
    const { stream } = body(owner, CHUNK + 1_000);
    const broken = new ReadableStream<Uint8Array>({
      async start(controller) {
        rest = controller;
        for await (const chunk of stream) controller.enqueue(chunk);
      },
    });
    const mounted = handler();
    const answering = mounted(post(broken, {}, gone.signal));
    const answer = await answering;
    expect(answer.status).toBe(200);
    await until("a chunk is stored", async () => (await stored(owner)) === CHUNK);
    gone.abort();
    rest?.error(new Error("the client has gone"));
    await answer.text().catch(() => {});
    expect(await stored(owner)).toBe(CHUNK);
    // Nothing is under way any more.
    await mounted.close();
  });
});
