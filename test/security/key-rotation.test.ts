import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createPublicKeys } from "../../src/security/public-keys.ts";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { createSigningKey, servePublicKeys } from "../http/public-keys.ts";

const user = { sub: randomUUID(), role: "authenticated" };
// An unknown key is asked for at most this often, so that forged tokens cannot cause more.
const COOLDOWN_MS = 30_000;

test("a new key is found when a token bears it; a withdrawn one ends with the next reading", async () => {
  const [old, next] = [
    await createSigningKey("ES256", "old"),
    await createSigningKey("RS256", "next"),
  ];
  const server = await servePublicKeys([old]);
  try {
    const clock = { now: 0 };
    const publicKeys = createPublicKeys(server.url, { now: () => clock.now });
    const verify = createTokenVerifier({ jwksUrl: server.url }, publicKeys);
    const accepts = async (key: typeof old) => verify(`Bearer ${await key.sign(user)}`);
    const caller = { role: "authenticated", userId: user.sub };
    expect(await accepts(old)).toEqual(caller);

    server.keys = [next];
    await expect(accepts(next)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.requests()).toBe(1);

    clock.now += COOLDOWN_MS;
    expect(await accepts(next)).toEqual(caller);
    expect(server.requests()).toBe(2);
    await expect(accepts(old)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  } finally {
    await server.close();
  }
});
