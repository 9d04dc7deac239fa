import { randomUUID } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "../../src/http/logger.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { until, untilAtRest } from "../support/until.ts";
import { hashOf, numberOf } from "../support/use-contact-sync.ts";
import { sendRaw } from "./raw-request.ts";
import { type OpenApp, openApp } from "./support.ts";

const NUMBER = numberOf(4_711);
const HASH = hashOf(4_711);

/** A text as itself, as a list of bytes and in the encodings that logs are fond of. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    [...bytes].join(","),
    bytes.toString("base64").slice(2, -4),
    bytes.toString("hex"),
  ];
}

describePostgres("what is no HTTP request", (server) => {
  const database = useDatabase(server);
  let app: OpenApp;
  let address: string;
  let token: string;
  beforeAll(async () => {
    app = await openApp(database(), { verifyToken: async () => ({ role: "service_role" }) });
    address = await app.app.listen({ port: 0, host: "127.0.0.1" });
    token = await app.userToken(randomUUID());
  });
  afterAll(() => app.close());

  const head = (line: string, more = "") =>
    `${line}\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}\r\n`;
  const body = `{"phoneNumbers": ["${NUMBER}"], "phoneHashes": ["${HASH}"]}`;

  const cases: [what: string, status: number, packet: () => string][] = [
    ["a header without a colon", 400, () => head(`PUT /${HASH} HTTP/1.1`, `Broken ${NUMBER}\r\n`)],
    ["another method", 400, () => head(`SYNC /${HASH} HTTP/1.1`) + body],
    [
      "two lengths",
      400,
      () =>
        head(`POST /${HASH} HTTP/1.1`, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") +
        body,
    ],
    [
      "a chunk without a size",
      400,
      () => head("POST /api/v1/contacts/sync HTTP/1.1", "Transfer-Encoding: chunked\r\n") + body,
    ],
    [
      "a header of 20 KB",
      431,
      () => head(`GET /${HASH} HTTP/1.1`, `X: ${NUMBER.repeat(2_000)}\r\n`),
    ],
    ["no HTTP at all", 400, () => `${token} ${NUMBER} ${HASH}\r\n\r\n`],
  ];

  test.each(
    cases,
  )("%s is answered, and nothing of it is logged at any level", async (_, status, packet) => {
    const from = app.log.length;
    const answer = await sendRaw(address, packet());
    await until("it is logged", () => app.log.length > from);
    await untilAtRest(); // whatever else is written behind the answer

    const [headers, problem] = answer.split("\r\n\r\n") as [string, string];
    expect(headers).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(headers.toLowerCase()).toContain("content-type: application/problem+json");
    expect(JSON.parse(problem)).toMatchObject({ success: false, code: "INVALID_REQUEST", status });
    const text = app.log.slice(from).join("\n");
    for (const form of [token, token.slice(-20), NUMBER, HASH].flatMap(formsOf)) {
      expect(text).not.toContain(form);
      expect(answer).not.toContain(form);
    }
  });

  test("a connection that breaks off in a body gets no second answer", async () => {
    const from = app.log.length;
    const line = `{"owner_id": "${randomUUID()}", "phone_hash": "${HASH}"}\n`.repeat(5_000);
    const request = head(
      "POST /api/v1/contacts/bulk-insert HTTP/1.1",
      "Transfer-Encoding: chunked\r\n",
    ).replace("application/json", "application/x-ndjson");
    const chunk = `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`;
    const answer = await sendRaw(address, request, chunk, `${NUMBER} is no size\r\n`);
    expect(answer.match(/HTTP\/1\.1 /g) ?? []).toHaveLength(1);
    expect(app.log.slice(from).join("\n")).not.toContain(NUMBER);
  });
});

describe("the log", () => {
  /** What is written when others than the project log an error that quotes a client. */
  function written(log: (logger: ReturnType<typeof createLogger>) => void): string {
    let text = "";
    log(
      createLogger("trace", {
        write: (line: string) => {
          text += line;
        },
      }),
    );
    return text;
  }
  const fault = Object.assign(
    new Error(`${NUMBER} is wrong\n    at ${NUMBER}:1:1`, { cause: new Error(NUMBER) }),
    {
      code: "HPE_INVALID",
      rawPacket: Buffer.from(NUMBER),
    },
  );
  const request = {
    method: "PUT",
    url: `/${HASH}`,
    headers: { authorization: NUMBER },
    body: NUMBER,
  };

  test.each([
    ["an error", (logger) => logger.debug(fault)],
    ["an error with a message", (logger) => logger.trace({ err: fault }, "client error")],
    ["an error without one", (logger) => logger.warn({ err: fault })],
    ["an error with its own", (logger) => logger.warn({ err: fault }, fault.message)],
    ["a request", (logger) => logger.info({ req: request, res: { statusCode: 200, request } })],
    [
      "a child's",
      (logger) => logger.child({ request_id: "x" }).error({ err: fault, req: request }),
    ],
    ["a path", (logger) => logger.warn(`Reply was already sent in the "/${HASH}" (PUT) route?`)],
    ["one of ours", (logger) => logger.error({ err: new ContactSyncError("INTERNAL", NUMBER) })],
  ] as [
    string,
    (logger: ReturnType<typeof createLogger>) => void,
  ][])("of %s quotes nothing", (_, log) => {
    const text = written(log);
    expect(text).toMatch(/^\{.*\}\n$/);
    for (const form of [NUMBER, HASH].flatMap(formsOf)) expect(text).not.toContain(form);
  });

  test("says of an error what kind it is and where it happened", () => {
    const line = JSON.parse(written((logger) => logger.error({ err: fault }, "it failed")));
    expect(line).toMatchObject({
      msg: "it failed",
      err: {
        kind: "Error",
        code: "HPE_INVALID",
        at: expect.arrayContaining([expect.stringMatching(/^at .*malformed-packets.*:\d+$/)]),
      },
    });
  });
});
