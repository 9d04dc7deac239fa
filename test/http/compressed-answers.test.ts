import { randomUUID } from "node:crypto";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { type Answer, SERVICE_KEY, useApp } from "./support.ts";

const API = "/api/v1";

describePostgres("answers", (server) => {
  const app = useApp(server);
  const browsed = useApp(server, { corsOrigins: ["https://app.example"] });
  let token: string;

  beforeAll(async () => {
    token = await app().userToken(randomUUID());
    await sync(300);
  });
  const sync = (count: number, headers?: Record<string, string>) =>
    app().request({
      method: "POST",
      url: `${API}/contacts/sync`,
      token,
      body: { phoneNumbers: numbers(count), deviceContactsCount: count },
      headers,
    });
  // With room for one more, there is no cursor, which is another one each time.
  const list = (accepted?: string, limit = 301) =>
    app().request({
      method: "GET",
      url: `${API}/contacts?limit=${limit}`,
      token,
      headers: accepted === undefined ? {} : { "accept-encoding": accepted },
    });
  const unpacked = ({ headers, rawPayload }: Answer) => {
    const encoding = headers["content-encoding"];
    if (encoding === undefined) return rawPayload.toString();
    const unpack = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync }[
      encoding as "gzip"
    ];
    return unpack(rawPayload).toString();
  };

  test.each([
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["GZIP", "gzip"],
    ["deflate", "deflate"],
    ["br", "br"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.1, gzip", "gzip"],
    ["gzip;q=0.5, br;q=0", "gzip"],
    ["*", "br"],
    ["identity", undefined],
    ["gzip;q=0", undefined],
    ["zstd", undefined],
    ["", undefined],
    [undefined, undefined],
    [`gzip${",a".repeat(4_000)}`, undefined],
  ])("are packed as Accept-Encoding asks: %s", async (accepted, encoding) => {
    const plain = await list();
    const answer = await list(accepted);
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(answer.headers["vary"]).toContain("accept-encoding");
    expect(unpacked(answer)).toBe(plain.body);
    expect(answer.headers["content-length"]).toBe(String(answer.rawPayload.length));
    if (encoding !== undefined) {
      expect(answer.rawPayload.length / plain.rawPayload.length).toBeLessThan(0.4);
    }
  });

  test("that are short are not packed, and neither are problems or the lines of a stream", async () => {
    const short = await list("gzip", 1);
    expect(short.headers["content-encoding"]).toBeUndefined();
    const refused = await app().request({
      method: "GET",
      url: "/nowhere",
      headers: { "accept-encoding": "gzip" },
    });
    expect(refused.headers["content-encoding"]).toBeUndefined();
    const owner_id = randomUUID();
    const streamed = await app().request({
      method: "POST",
      url: `${API}/contacts/bulk-insert`,
      token: SERVICE_KEY,
      headers: { "content-type": "application/x-ndjson", "accept-encoding": "gzip" },
      body: numbers(20_000)
        .map((_, n) => JSON.stringify({ owner_id, phone_hash: hashOf(n) }))
        .join("\n"),
    });
    expect(streamed.headers["content-encoding"]).toBeUndefined();
    expect(streamed.body).toContain('"success":true');
  });

  test("that are repeated for an idempotency key are packed as the repetition asks", async () => {
    const owner = randomUUID();
    const [first, second, third] = await (async () => {
      const answers: Answer[] = [];
      for (const accepted of ["gzip", "identity", "br"]) {
        answers.push(
          await app().request({
            method: "POST",
            url: `${API}/contacts/sync`,
            token: await app().userToken(owner),
            body: { phoneNumbers: Array(200).fill("no number"), deviceContactsCount: 200 },
            headers: { "idempotency-key": "k", "accept-encoding": accepted },
          }),
        );
      }
      return answers as [Answer, Answer, Answer];
    })();
    expect(first.headers["content-encoding"]).toBe("gzip");
    expect(second.headers["content-encoding"]).toBeUndefined();
    expect(third.headers["content-encoding"]).toBe("br");
    expect(second.headers["idempotency-replayed"]).toBe("true");
    expect(unpacked(first)).toBe(second.body);
    expect(unpacked(third)).toBe(second.body);
  });

  test("of the description and the metrics are packed as well", async () => {
    for (const url of ["/openapi.json", "/metrics"]) {
      const answer = await app().request({
        method: "GET",
        url,
        headers: { "accept-encoding": "gzip" },
      });
      expect(answer.headers["content-encoding"], url).toBe("gzip");
      expect(unpacked(answer)).toContain(url === "/metrics" ? "# HELP" : '"openapi"');
    }
  });

  test("to another origin's page vary by both", async () => {
    const answer = await browsed().request({
      method: "GET",
      url: "/openapi.json",
      headers: { origin: "https://app.example", "accept-encoding": "br" },
    });
    expect(String(answer.headers["vary"]).toLowerCase()).toMatch(/origin.*accept-encoding/);
    expect(answer.headers["content-encoding"]).toBe("br");
  });
});
