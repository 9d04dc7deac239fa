import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signToken } from "../../src/security/sign-token.ts";
import { createTokenVerifier, type TokenSettings } from "../../src/security/verify-token.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { createSigningKey, type SigningKey, servePublicKeys } from "./public-keys.ts";
import { JWT_SECRET, openApp, SERVICE_KEY } from "./support.ts";

const user = { sub: randomUUID(), role: "authenticated" };

describePostgres("tokens signed by public keys", (server) => {
  const database = useDatabase(server);
  let keys: { es256: SigningKey; rs256: SigningKey; next: SigningKey };
  const opened: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    keys = {
      es256: await createSigningKey("ES256", "first"),
      rs256: await createSigningKey("RS256", "second"),
      next: await createSigningKey("ES256", "next"),
    };
  });
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  /** A service that trusts a server of public keys; answers the status of a token. */
  async function trusting(published: SigningKey[], settings: TokenSettings = {}) {
    const keyServer = await servePublicKeys(published);
    const verifyToken = createTokenVerifier({ jwksUrl: keyServer.url, ...settings });
    const app = await openApp(database(), { verifyToken });
    opened.push(keyServer, app);
    const ask = (token: string) =>
      app.request({ method: "GET", url: "/api/v1/contacts/summary", token });
    return { keyServer, ask, status: async (token: string) => (await ask(token)).statusCode };
  }

  test("ES256 and RS256 are accepted, and asked for once", async () => {
    const { keyServer, status } = await trusting([keys.es256, keys.rs256]);
    for (const key of [keys.es256, keys.rs256, keys.es256]) {
      expect(await status(await key.sign(user))).toBe(200);
    }
    expect(keyServer.requests()).toBe(1);
  });

  test("the shared secret, the public keys and the service keys are active at once, or not at all", async () => {
    const secretToken = await signToken(JWT_SECRET, {
      role: "authenticated",
      userId: user.sub,
      expiresInSeconds: 60,
    });
    const all = await trusting([keys.es256], { jwtSecret: JWT_SECRET, serviceKeys: [SERVICE_KEY] });
    expect(await all.status(secretToken)).toBe(200);
    expect(await all.status(await keys.es256.sign(user))).toBe(200);
    expect(await all.status(SERVICE_KEY)).toBe(403);
    const publicOnly = await trusting([keys.es256]);
    expect(await publicOnly.status(secretToken)).toBe(401);
    expect(await publicOnly.status(SERVICE_KEY)).toBe(401);
  });

  test("the same claims are demanded as of any token", async () => {
    const { status } = await trusting([keys.es256]);
    expect(await status(await keys.es256.sign({ role: "anon" }))).toBe(403);
    expect(await status(await keys.es256.sign({ ...user, is_anonymous: true }))).toBe(403);
    expect(await status(await keys.es256.sign({ role: "authenticated" }))).toBe(401);
  });

  test("issuer and audience are demanded where they are configured", async () => {
    const issuer = "https://project.supabase.co/auth/v1";
    const settings = { issuer, audience: "authenticated", jwtSecret: JWT_SECRET };
    const { status } = await trusting([keys.es256], settings);
    const right = { ...user, iss: issuer, aud: "authenticated" };
    const wrong = [{ ...right, iss: "https://elsewhere" }, { ...right, aud: "other" }, user];
    expect(await status(await keys.es256.sign(right))).toBe(200);
    expect(await status(await keys.es256.sign({ ...right, aud: ["x", "authenticated"] }))).toBe(
      200,
    );
    for (const claims of wrong) expect(await status(await keys.es256.sign(claims))).toBe(401);
    const request = { role: "authenticated", userId: user.sub, expiresInSeconds: 60 } as const;
    expect(await status(await signToken(JWT_SECRET, request))).toBe(401);
    const demanded = { issuer, audience: "authenticated" };
    expect(await status(await signToken(JWT_SECRET, { ...request, ...demanded }))).toBe(200);
  });

  test("an unknown key is refused, also one that bears a known key's name", async () => {
    const { status } = await trusting([keys.es256]);
    expect(await status(await keys.next.sign(user))).toBe(401);
    const impostor = await createSigningKey("ES256", "first");
    expect(await status(await impostor.sign(user))).toBe(401);
    const otherKind = await createSigningKey("RS256", "first");
    expect(await status(await otherKind.sign(user))).toBe(401);
  });
});
