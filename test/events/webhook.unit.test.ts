import { randomBytes } from "node:crypto";
import { Webhook as Verifier } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { parseSecret, signedHeaders } from "../../src/events/signature.ts";
import { readWebhook } from "../../src/events/webhook.ts";

const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString("base64")}`;
const SECRET = secretOf(32);

function read(url?: string, secret?: string, allow?: string) {
  const values: Record<string, string | undefined> = {
    CONTACT_SYNC_WEBHOOK_URL: url,
    CONTACT_SYNC_WEBHOOK_SECRET: secret,
    CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: allow,
  };
  return readWebhook((name) => values[name]);
}

describe("the webhook of the environment", () => {
  test("is none unless it is set", () => {
    expect(read()).toEqual({ webhook: undefined, faults: [] });
  });

  test("has an address and its secrets", () => {
    const { webhook, faults } = read("https://user:pass@app.example/hook?x=1", SECRET);
    expect(faults).toEqual([]);
    expect(webhook?.url.href).toBe("https://user:pass@app.example/hook?x=1");
    expect(webhook?.secrets).toHaveLength(1);
    expect(webhook?.allowsPrivate).toBe(false);
    expect(read("https://app.example", `${SECRET}, ${secretOf(24)}`).webhook?.secrets).toHaveLength(
      2,
    );
  });

  test.each([
    ["ftp://app.example", SECRET, undefined, /WEBHOOK_URL must be an https address/],
    ["app.example", SECRET, undefined, /WEBHOOK_URL must be an https address/],
    ["http://app.example", SECRET, undefined, /may be http only with .*ALLOW_PRIVATE/],
    ["https://127.0.0.1/hook", SECRET, undefined, /inside your network only with/],
    ["https://0x7f.1/hook", SECRET, undefined, /inside your network only with/],
    ["https://2130706433/", SECRET, undefined, /inside your network only with/],
    ["https://[::1]:3000/", SECRET, undefined, /inside your network only with/],
    ["https://[::ffff:10.0.0.1]/", SECRET, undefined, /inside your network only with/],
    ["https://169.254.169.254/", SECRET, "false", /inside your network only with/],
    ["https://app.example", undefined, undefined, /WEBHOOK_SECRET must be set/],
    [undefined, SECRET, undefined, /WEBHOOK_SECRET needs CONTACT_SYNC_WEBHOOK_URL/],
    ["https://app.example", SECRET, "yes", /ALLOW_PRIVATE must be true or false/],
    ["https://app.example", SECRET.slice(6), undefined, /each must be whsec_/],
    ["https://app.example", secretOf(23), undefined, /each must be whsec_/],
    ["https://app.example", secretOf(65), undefined, /each must be whsec_/],
    ["https://app.example", "whsec_not base64, at all!", undefined, /each must be whsec_/],
    ["https://app.example", `${SECRET},`, undefined, /each must be whsec_/],
  ])("%s is refused with a reason, and nothing of it is quoted", (url, secret, allow, reason) => {
    const { webhook, faults } = read(url, secret, allow);
    expect(webhook).toBeUndefined();
    expect(faults).toEqual([expect.stringMatching(reason)]);
    for (const value of [url, secret].filter(Boolean)) {
      expect(faults.join()).not.toContain(value);
    }
  });

  test("inside the network where that is allowed", () => {
    for (const url of ["http://127.0.0.1:3000", "https://[::1]/", "http://app.internal"]) {
      expect(read(url, SECRET, "true").webhook?.url.href).toBe(new URL(url).href);
    }
  });
});

describe("a signature", () => {
  const message = { id: "5f4f7c8e", timestamp: Math.floor(Date.now() / 1000), body: '{"a":"ü"}' };
  const sign = (...secrets: string[]) =>
    signedHeaders(
      secrets.map((secret) => parseSecret(secret) as Buffer),
      message,
    );

  test("is the one that Standard Webhooks specifies", () => {
    // The specification's own example.
    const secret = parseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") as Buffer;
    const headers = signedHeaders([secret], {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("is verified by whoever has one of the secrets, and by nobody else", () => {
    const [old, fresh] = [secretOf(24), secretOf(64)];
    const headers = sign(old, fresh);
    for (const secret of [old, fresh]) {
      expect(new Verifier(secret).verify(message.body, headers)).toEqual({ a: "ü" });
    }
    expect(() => new Verifier(secretOf(32)).verify(message.body, headers)).toThrow();
    expect(() => new Verifier(old).verify(`${message.body} `, headers)).toThrow();
    const other = { ...headers, "webhook-id": "another" };
    expect(() => new Verifier(old).verify(message.body, other)).toThrow();
  });
});
