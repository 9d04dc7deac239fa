import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { post } from "../../src/events/post.ts";
import type { Resolve } from "../../src/events/public-lookup.ts";
import { parseSecret } from "../../src/events/signature.ts";
import type { Webhook } from "../../src/events/webhook.ts";
import { hang, hangUp, SECRET, status, useReceivers } from "./receiver.ts";

const secrets = [parseSecret(SECRET) as Buffer];
const webhookAt = (url: string, allowsPrivate = true): Webhook => ({
  url: new URL(url),
  secrets,
  allowsPrivate,
});
const BODY = JSON.stringify({ type: "contacts.linked", timestamp: "now", data: { silent: false } });
const ENVELOPE = { id: "5f4f7c8e-5a1f-4e0e-9d5b-3f0b3a1f3c57", body: BODY };

describe("a message", () => {
  const receiver = useReceivers();

  test.each([200, 201, 202, 204])("is delivered where the answer is %i", async (code) => {
    const { url, received, faults } = await receiver(status(code));
    const outcome = await post(webhookAt(url), ENVELOPE);
    expect(outcome).toEqual({ status: code, failure: null, retryAfterSeconds: null });
    expect(received).toEqual([{ id: ENVELOPE.id, ...JSON.parse(BODY) }]);
    expect(faults).toEqual([]);
  });

  test.each([400, 401, 404, 410, 429, 500, 503])("is not where it is %i", async (code) => {
    const { url } = await receiver(status(code));
    const outcome = await post(webhookAt(url), ENVELOPE);
    expect(outcome).toEqual({ status: code, failure: String(code), retryAfterSeconds: null });
  });

  test.each([
    301, 302, 303, 307, 308,
  ])("is not where it is %i, which nobody follows", async (code) => {
    const elsewhere = await receiver();
    const { url, received } = await receiver(status(code, { location: elsewhere.url }));
    const outcome = await post(webhookAt(url), ENVELOPE);
    expect(outcome).toMatchObject({ status: code, failure: String(code) });
    expect(received).toHaveLength(1);
    expect(elsewhere.received).toEqual([]);
  });

  test.each([
    ["120", 120],
    [new Date(Date.now() + 100_000).toUTCString(), 100],
    ["soon", null],
    ["-5", null],
    ["Wed, 21 Oct 2015 07:28:00 GMT", null],
  ])("is kept back for as long as Retry-After says: %s", async (header, seconds) => {
    const { url } = await receiver(status(503, { "retry-after": header }));
    const { retryAfterSeconds } = await post(webhookAt(url), ENVELOPE);
    if (seconds === null) expect(retryAfterSeconds).toBeNull();
    else expect(Math.abs(Number(retryAfterSeconds) - seconds)).toBeLessThan(10);
  });

  test("has a user and a password where the address has", async () => {
    let authorization: unknown;
    const { port } = await receiver((response, request) => {
      authorization = request.headers.authorization;
      response.end();
    });
    await post(webhookAt(`http://user:p%40ss@127.0.0.1:${port}/`), ENVELOPE);
    expect(authorization).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
  });

  test("fails with a word where there is no answer", async () => {
    const gone = await receiver();
    await gone.close();
    const failureOf = async (url: string) =>
      (await post(webhookAt(url), ENVELOPE, { patienceMs: 300 })).failure;
    expect(await failureOf(gone.url)).toBe("unreachable");
    expect(await failureOf((await receiver(hangUp)).url)).toBe("no_answer");
    expect(await failureOf((await receiver(hang)).url)).toBe("timeout");
    const plain = await receiver();
    expect(await failureOf(`https://127.0.0.1:${plain.port}/`)).toBe("certificate");
    const unknown: Resolve = (_, callback) =>
      callback(Object.assign(new Error("?"), { code: "ENOTFOUND" }), []);
    const outcome = await post(webhookAt("https://app.invalid", false), ENVELOPE, {
      resolve: unknown,
    });
    expect(outcome.failure).toBe("unknown_host");
  });

  test("fails where what answers does not speak HTTP, or switches to something else", async () => {
    for (const said of [
      "SSH-2.0-OpenSSH\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ]) {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.end(said);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      const { failure } = await post(webhookAt(`http://127.0.0.1:${port}/`), ENVELOPE);
      expect(failure).toBe("no_answer");
      server.close();
    }
  });

  test("has ten seconds in all, and not for each byte", async () => {
    let dripping: NodeJS.Timeout | undefined;
    const { url } = await receiver((response) => {
      // A line of the head now and then, for ever.
      response.socket?.write("HTTP/1.1 200 OK\r\n");
      dripping = setInterval(() => response.socket?.write("x-more: 1\r\n"), 20);
      response.socket?.on("error", () => {});
    });
    const { failure } = await post(webhookAt(url), ENVELOPE, { patienceMs: 300 });
    clearInterval(dripping);
    expect(failure).toBe("timeout");
  });

  test("is not held up by the body of an answer, however long", async () => {
    let isClosed = false;
    const { url } = await receiver((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more).on("close", () => {
        isClosed = true;
      });
      more();
    });
    expect((await post(webhookAt(url), ENVELOPE)).failure).toBeNull();
    await expect.poll(() => isClosed).toBe(true);
    const slow = await receiver((response) => response.writeHead(200).flushHeaders());
    expect((await post(webhookAt(slow.url), ENVELOPE)).failure).toBeNull();
  });
});

describe("an address inside the network", () => {
  const receiver = useReceivers();
  const answering =
    (...addresses: string[]): Resolve =>
    (_, callback) =>
      callback(
        null,
        addresses.map((address) => entryOf(address)),
      );
  const entryOf = (address: string): LookupAddress => ({
    address,
    family: address.includes(":") ? 6 : 4,
  });

  test("is refused as it is", async () => {
    const { port, received } = await receiver();
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"]) {
      const outcome = await post(webhookAt(`http://${host}:${port}/`, false), ENVELOPE);
      expect([host, outcome.failure]).toEqual([host, "refused_address"]);
    }
    expect(received).toEqual([]);
  });

  test("is refused behind a name, also beside others", async () => {
    const { port, received } = await receiver();
    const url = `http://app.example:${port}/`;
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], []]) {
      const options = { resolve: answering(...addresses) };
      const outcome = await post(webhookAt(url, false), ENVELOPE, options);
      expect(outcome.failure).toBe("refused_address");
    }
    // The system's own answer.
    expect((await post(webhookAt(`http://localhost:${port}/`, false), ENVELOPE)).failure).toBe(
      "refused_address",
    );
    expect(received).toEqual([]);
  });

  test("is not reached by a name that answers otherwise once it was looked at", async () => {
    const { port, received } = await receiver();
    const asked: string[] = [];
    const resolve: Resolve = (hostname, callback) => {
      asked.push(hostname);
      // Nobody answers at the first address, which is public.
      answering(asked.length === 1 ? "192.0.66.2" : "127.0.0.1")(hostname, callback);
    };
    const webhook = webhookAt(`http://app.example:${port}/`, false);
    const first = await post(webhook, ENVELOPE, { resolve, patienceMs: 300 });
    expect(["timeout", "unreachable", "no_answer"]).toContain(first.failure);
    expect(asked).toHaveLength(1);
    expect((await post(webhook, ENVELOPE, { resolve })).failure).toBe("refused_address");
    expect(received).toEqual([]);
  });

  test("is reached where that is allowed", async () => {
    const { port, received } = await receiver();
    expect((await post(webhookAt(`http://localhost:${port}/`), ENVELOPE)).failure).toBeNull();
    expect(received).toHaveLength(1);
  });

  test("a name that is never answered takes no longer than anything else", async () => {
    const outcome = await post(webhookAt("https://app.example", false), ENVELOPE, {
      resolve: () => {},
      patienceMs: 200,
    });
    expect(outcome.failure).toBe("timeout");
  });
});
