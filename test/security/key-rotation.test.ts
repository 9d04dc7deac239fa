import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { createTokenVerifier } from "../../src/security/verify-token.ts";
import { createSigningKey, servePublicKeys } from "../http/public-keys.ts";

const user = { sub: randomUUID(), role: "authenticated" };
// jose asks for an unknown key at most this often, so that forged tokens cannot make it ask.
const COOLDOWN_MS = 30_000;

afterEach(() => {
  vi.useRealTimers();
});

test("a new key is found when a token bears it; a withdrawn one ends with the next reading", async () => {
  const [old, next] = [
    await createSigningKey("ES256", "old"),
    await createSigningKey("RS256", "next"),
  ];
  const server = await servePublicKeys([old]);
  try {
    const verify = createTokenVerifier({ jwksUrl: server.url });
    const accepts = async (key: typeof old) => verify(`Bearer ${await key.sign(user)}`);
    const caller = { role: "authenticated", userId: user.sub };
    expect(await accepts(old)).toEqual(caller);

    server.keys = [next];
    await expect(accepts(next)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(server.requests()).toBe(1);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + COOLDOWN_MS + 1 });
    expect(await accepts(next)).toEqual(caller);
    expect(server.requests()).toBe(2);
    await expect(accepts(old)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  } finally {
    await server.close();
  }
});
