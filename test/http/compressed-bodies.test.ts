import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { MAX_REQUEST_BYTES } from "@contact-sync/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { sendRaw } from "./raw-request.ts";
import { type OpenApp, openApp, SERVICE_KEY } from "./support.ts";

const SYNC = "/api/v1/contacts/sync";
const BULK = "/api/v1/contacts/bulk-insert";

const BLANK_LINE = `${" ".repeat(999)}\n`;
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const ENCODERS: [encoding: string, pack: (bytes: Buffer) => Buffer][] = [
  ["gzip", (bytes) => gzipSync(bytes)],
  ["x-gzip", (bytes) => gzipSync(bytes)],
  ["GZIP", (bytes) => gzipSync(bytes)],
  ["deflate", (bytes) => deflateSync(bytes)],
  ["deflate", (bytes) => deflateRawSync(bytes)],
  ["br", (bytes) => brotliCompressSync(bytes, FAST)],
  ["identity", (bytes) => bytes],
];

describePostgres("a packed body", (server) => {
  const database = useDatabase(server);
  let app: OpenApp;
  let address: string;
  let token: string;
  beforeAll(async () => {
    app = await openApp(database());
    address = await app.app.listen({ port: 0, host: "127.0.0.1" });
    token = await app.userToken(randomUUID());
  });
  afterAll(() => app.close());

  async function send(url: string, body: Buffer | ReadableStream, headers: Record<string, string>) {
    const response = await fetch(address + url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${url === BULK ? SERVICE_KEY : token}`,
        "content-type": "application/json",
        ...headers,
      },
      body: body as never,
      ...(Buffer.isBuffer(body) ? {} : { duplex: "half" }),
    } as RequestInit);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text),
    };
  }
  const syncBody = (count: number) =>
    Buffer.from(JSON.stringify({ phoneNumbers: numbers(count), deviceContactsCount: count }));
  const lines = (count: number, owner = randomUUID()) =>
    Buffer.from(
      Array.from({ length: count }, (_, n) =>
        JSON.stringify({ owner_id: owner, phone_hash: hashOf(n) }),
      ).join("\n"),
    );
  const inPieces = (bytes: Buffer, size: number) =>
    new ReadableStream({
      async start(controller) {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.subarray(at, at + size));
          await new Promise((resolve) => setImmediate(resolve));
        }
        controller.close();
      },
    });

  test.each(
    ENCODERS,
  )("as %s is read, in one piece or in many, JSON or lines", async (encoding, pack) => {
    const headers = { "content-encoding": encoding };
    const whole = await send(SYNC, pack(syncBody(300)), headers);
    expect(whole.json()).toMatchObject({ data: { total_processed: 300 } });
    const pieces = await send(SYNC, inPieces(pack(syncBody(300)), 100), headers);
    expect(pieces.json()).toMatchObject({ data: { contacts_unchanged: 300 } });
    const ndjson = { ...headers, "content-type": "application/x-ndjson" };
    const imported = await send(BULK, inPieces(pack(lines(6_000)), 10_000), ndjson);
    expect(imported.status).toBe(200);
    expect(JSON.parse(imported.text.trim().split("\n").at(-1) as string)).toMatchObject({
      success: true,
      data: { total_processed: 6_000 },
    });
  });

  test("of another encoding is 415, with those that are taken", async () => {
    for (const encoding of ["zstd", "compress", "gzip, gzip", "aes128gcm", "x"]) {
      const answer = await send(SYNC, syncBody(1), { "content-encoding": encoding });
      expect(answer.json()).toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE", status: 415 });
      expect(answer.headers.get("accept-encoding")).toBe("gzip, deflate, br");
    }
    const type = await send(SYNC, syncBody(1), { "content-type": "text/plain" });
    expect(type.status).toBe(415);
    expect(type.headers.has("accept-encoding")).toBe(false);
  });

  test("that is none of its encoding, or broken off, is 400", async () => {
    for (const [encoding, pack] of ENCODERS.slice(0, -1)) {
      const packed = pack(syncBody(300));
      for (const broken of [
        syncBody(1),
        packed.subarray(0, packed.length - 20),
        Buffer.from("x"),
      ]) {
        const answer = await send(SYNC, broken, { "content-encoding": encoding });
        expect(answer.json()).toMatchObject({ code: "INVALID_REQUEST", status: 400 });
      }
    }
  });

  test("may have 1 MB unpacked and not a byte more", async () => {
    const text = (bytes: number) => Buffer.from(`"${"a".repeat(bytes - 2)}"`);
    for (const [encoding, pack] of ENCODERS.slice(0, -1)) {
      const headers = { "content-encoding": encoding };
      const fits = await send(SYNC, pack(text(MAX_REQUEST_BYTES)), headers);
      expect(fits.json().code).toBe("INVALID_REQUEST");
      const exceeds = await send(SYNC, pack(text(MAX_REQUEST_BYTES + 1)), headers);
      expect(exceeds.json()).toMatchObject({
        code: "PAYLOAD_TOO_LARGE",
        status: 413,
        details: { limit: MAX_REQUEST_BYTES },
      });
    }
  });

  test("that is a bomb is given up at the limit, and costs no more than the limit", async () => {
    const packed = gzipSync(Buffer.alloc(200 * 1024 * 1024)); // 200 MB in 200 KB
    const headers = { "content-encoding": "gzip" };
    // What it costs to unpack what may be unpacked.
    const fair = gzipSync(Buffer.from(`"${"a".repeat(MAX_REQUEST_BYTES - 2)}"`));
    await send(SYNC, fair, headers);
    const cost = async (body: Buffer, times: number) => {
      const before = process.cpuUsage();
      for (let turn = 0; turn < times; turn += 1) await send(SYNC, body, headers);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / times;
    };
    const fairCost = await cost(fair, 10);
    const memory = process.memoryUsage.rss();
    const bombs = Array.from({ length: 20 }, () => send(SYNC, packed, headers));
    for (const answer of await Promise.all(bombs)) expect(answer.status).toBe(413);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(300 * 1024 * 1024);
    // Unpacked whole, it would be two hundred times the work.
    expect((await cost(packed, 10)) / fairCost).toBeLessThan(20);
  });

  test("that is a bomb of lines is given up, in the last line where the answer has begun", async () => {
    const headers = { "content-encoding": "gzip", "content-type": "application/x-ndjson" };
    const empty = await send(BULK, gzipSync(Buffer.alloc(20 * 1024 * 1024, BLANK_LINE)), headers);
    expect(empty.json()).toMatchObject({ code: "PAYLOAD_TOO_LARGE", status: 413 });
    const bomb = Buffer.concat([lines(5_001), Buffer.alloc(20 * 1024 * 1024, BLANK_LINE)]);
    const begun = await send(BULK, gzipSync(bomb), headers);
    expect(begun.status).toBe(200);
    expect(JSON.parse(begun.text.trim().split("\n").at(-1) as string)).toMatchObject({
      success: false,
      code: "PAYLOAD_TOO_LARGE",
    });
  });

  test("of a connection that breaks off leaves the service as it was", async () => {
    const packed = gzipSync(syncBody(3_000));
    const head = `POST ${SYNC} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\nConnection: close\r\n\r\n`;
    const { port } = new URL(address);
    for (const end of [0, 1, 100, packed.length - 1]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      await new Promise<void>((resolve) => {
        socket.write(Buffer.concat([Buffer.from(head), packed.subarray(0, end)]), () => resolve());
      });
      socket.destroy();
    }
    const answer = await sendRaw(address, head, packed);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("is not unpacked for somebody without a token, nor where there is no endpoint", async () => {
    const headers = { "content-encoding": "gzip" };
    const body = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    const stranger = await send(SYNC, body, { ...headers, authorization: "Bearer x" });
    expect(stranger.status).toBe(401);
    expect((await send("/nowhere", body, headers)).status).toBe(404);
  });
});
