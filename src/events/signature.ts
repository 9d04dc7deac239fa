import { createHmac } from "node:crypto";

// As Standard Webhooks specifies it: https://www.standardwebhooks.com

const PREFIX = "whsec_";
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** The bytes of a secret such as `whsec_…`; undefined where it is none. */
export function parseSecret(text: string): Buffer | undefined {
  const encoded = text.slice(PREFIX.length);
  if (!text.startsWith(PREFIX) || !BASE64.test(encoded)) return undefined;
  const secret = Buffer.from(encoded, "base64");
  return secret.length >= LEAST_BYTES && secret.length <= MOST_BYTES ? secret : undefined;
}

/** The headers that a receiver knows a message by, with a signature for each of the secrets. */
export function signedHeaders(
  secrets: readonly Buffer[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`);
    return `v1,${signature.digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
}
