import { createPublicKey, type JsonWebKey } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "../../src/security/caller.ts";
import { createTokenVerifier, type VerifyToken } from "../../src/security/verify-token.ts";
import { hmacToken, rsaToken, tokenWithoutSignature } from "./hand-made-tokens.ts";
import { createSigningKey, type SigningKey, servePublicKeys } from "./public-keys.ts";
import { JWT_SECRET } from "./support.ts";
import { PROVIDERS, settingsOf } from "./token-providers.ts";

const now = () => Math.floor(Date.now() / 1000);
const labelled = PROVIDERS.map((provider) => {
  const { typ = "no type" } = provider.header as { typ?: string };
  return [`${provider.name}, ${provider.alg}, ${typ}`, provider] as const;
});

describe.each(labelled)("%s", (_, provider) => {
  const { claims, header, userId } = provider;
  const user = { role: "authenticated", userId };
  let key: SigningKey;
  let close: () => Promise<void>;
  let verify: VerifyToken;
  /** The same, with a shared secret beside the public keys. */
  let verifyBoth: VerifyToken;

  beforeAll(async () => {
    key = await createSigningKey(provider.alg, "the-key-in-use");
    const encryption = await encryptionKey();
    const server = await servePublicKeys([encryption, key]);
    close = server.close;
    const settings = settingsOf(provider, server.url);
    verify = createTokenVerifier(settings);
    verifyBoth = createTokenVerifier({ ...settings, jwtSecret: JWT_SECRET });
  });
  afterAll(() => close());

  const sign = (changed: object = {}) => key.sign({ ...claims, ...changed }, header);
  const ask = async (token: string): Promise<Caller | string> => {
    const [one, other] = await Promise.all([asked(verify, token), asked(verifyBoth, token)]);
    expect(other).toEqual(one);
    return one;
  };

  test("is accepted as the user's", async () => {
    expect(await ask(await sign())).toEqual(user);
  });

  test.each(provider.refused)("%s is refused", async (_what, changed, code) => {
    expect(await ask(await sign(changed))).toBe(code);
  });

  test("is refused with another issuer or audience, or without", async () => {
    for (const iss of [
      "https://elsewhere.example",
      `${claims["iss"]}x`,
      [claims["iss"]],
      "",
      undefined,
    ]) {
      expect(await ask(await sign({ iss })), String(iss)).toBe("UNAUTHENTICATED");
    }
    if (claims["aud"] === undefined) return;
    for (const aud of ["other", ["other"], [], "", {}, undefined]) {
      expect(await ask(await sign({ aud })), JSON.stringify(aud)).toBe("UNAUTHENTICATED");
    }
  });

  test("is refused before and after its time, and without an end", async () => {
    for (const times of [
      { exp: now() - 60 },
      { exp: undefined },
      { exp: "never" },
      { nbf: now() + 60 },
    ]) {
      expect(await ask(await sign(times)), JSON.stringify(times)).toBe("UNAUTHENTICATED");
    }
  });

  test("is refused before its time with words that say so", async () => {
    await expect(verify(`Bearer ${await sign({ nbf: now() + 60 })}`)).rejects.toThrow(
      "the token is not valid yet (nbf)",
    );
  });

  test("is refused from another key, whatever it is called", async () => {
    for (const kid of ["the-key-in-use", "unheard-of"]) {
      const other = await createSigningKey(provider.alg, kid);
      expect(await ask(await other.sign(claims, header)), kid).toBe("UNAUTHENTICATED");
    }
    expect(await ask(await key.sign(claims, { ...header, kid: "unheard-of" }))).toBe(
      "UNAUTHENTICATED",
    );
  });

  test("is refused unsigned, or signed with what is public", async () => {
    const named = { ...header, kid: "the-key-in-use" };
    const [head, payload] = (await sign()).split(".");
    expect(await ask(tokenWithoutSignature(named, claims))).toBe("UNAUTHENTICATED");
    expect(await ask(`${head}.${payload}.`)).toBe("UNAUTHENTICATED");
    const publicKey = createPublicKey({ key: key.published as JsonWebKey, format: "jwk" });
    for (const known of [
      publicKey.export({ type: "spki", format: "pem" }),
      publicKey.export({ type: "spki", format: "pem" }).toString().trim(),
      publicKey.export({ type: "spki", format: "der" }),
      JSON.stringify(key.published),
    ]) {
      for (const alg of ["HS256", "HS384", "HS512"] as const) {
        expect(await ask(hmacToken(alg, named, claims, known)), alg).toBe("UNAUTHENTICATED");
      }
    }
  });

  test("is refused where its header brings a key along", async () => {
    const own = await createSigningKey(provider.alg, "the-key-in-use");
    for (const more of [{ jwk: own.published }, { jku: "https://elsewhere.example/keys" }]) {
      expect(await ask(await own.sign(claims, { ...header, ...more }))).toBe("UNAUTHENTICATED");
    }
  });

  test("is refused with an algorithm that is not its key's", async () => {
    if (provider.alg !== "RS256") return;
    expect(await ask(rsaToken("RS256", key, header, claims))).toEqual(user);
    for (const alg of ["RS384", "RS512", "PS256", "PS384", "PS512"]) {
      expect(await ask(rsaToken(alg, key, header, claims)), alg).toBe("UNAUTHENTICATED");
    }
  });

  test("is refused where the user is missing, or nothing that names one", async () => {
    const wrong = [undefined, null, "", true, 1.5, 2 ** 53, [], [userId], { id: userId }];
    for (const sub of [...wrong, "x".repeat(256), `${userId}\0`, `${userId}\ud800`]) {
      const answer = await ask(await sign({ sub }));
      expect(answer, JSON.stringify(sub)).toBe("UNAUTHENTICATED");
    }
  });

  test("says who it is for whatever else it holds", async () => {
    const smuggled = ["service_role", "contact-sync-back-end", "none"];
    for (const role of smuggled) {
      const roles = [role];
      for (const more of [
        { user_metadata: { role, roles, "realm_access.roles": roles, sub: "somebody" } },
        { app_metadata: { role, roles } },
        { unsafe_metadata: { role }, public_metadata: { role }, metadata: { role } },
        { "https://my-app.example/role": role, "https://my-app.example/roles": roles },
        { permissions: roles, scope: role, groups: roles, roles, rol: role },
        { "custom:role": role, username: role, name: role, preferred_username: role },
        { resource_access: { "contact-sync": { roles } } },
        { user_role: role, Role: role, "role ": role, user: { role } },
      ]) {
        expect(await ask(await sign(more)), JSON.stringify(more)).toEqual(user);
      }
    }
  });

  test(`is ${provider.service === undefined ? "never the back end's" : "the back end's by its role"}`, async () => {
    const byRole = [
      { role: "service_role" },
      { role: ["service_role"] },
      { "cognito:groups": ["service_role"] },
    ];
    if (provider.service !== undefined) {
      expect(await ask(await sign(provider.service))).toEqual({ role: "service_role" });
      return;
    }
    for (const changed of byRole) expect(await ask(await sign(changed))).toEqual(user);
  });
});

describe("what a token's user may be, in text", () => {
  const verify = createTokenVerifier({ jwtSecret: JWT_SECRET, userIds: "text" });
  const idOf = async (sub: unknown) => {
    const caller = await asked(
      verify,
      hmacToken("HS256", {}, { sub, role: "authenticated" }, JWT_SECRET),
    );
    return typeof caller === "string" || caller.role !== "authenticated" ? caller : caller.userId;
  };

  test.each([
    ["auth0|507f1f77bcf86cd799439020"],
    ["x".repeat(255)],
    ["😀".repeat(255)],
    [" "],
    ["../%2f"],
    // Exactly as it is: also what looks like a UUID.
    ["B2000000-0000-4000-8000-00000000000A"],
    ["__proto__"],
  ])("%s", async (id) => {
    expect(await idOf(id)).toBe(id);
  });

  test("a whole number, in decimals", async () => {
    expect(await idOf(42)).toBe("42");
    expect(await idOf(0)).toBe("0");
    expect(await idOf(2 ** 53 - 1)).toBe("9007199254740991");
    expect(await idOf(2 ** 53)).toBe("UNAUTHENTICATED");
    expect(await idOf(0.5)).toBe("UNAUTHENTICATED");
  });
});

describe("every algorithm of key pairs", () => {
  test.each([
    ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
    ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ])("%s is taken, and from a key of another kind or name refused", async (alg) => {
    const key = await createSigningKey(alg, "one");
    const server = await servePublicKeys([key]);
    const verify = createTokenVerifier({ jwksUrl: server.url, roleClaim: null, userIds: "text" });
    expect(await asked(verify, await key.sign({ sub: "omar" }))).toMatchObject({ userId: "omar" });
    const other = await createSigningKey(alg === "ES256" ? "RS256" : "ES256", "one");
    expect(await asked(verify, await other.sign({ sub: "omar" }))).toBe("UNAUTHENTICATED");
    await server.close();
  });

  test("a secret among the public keys is none of them", async () => {
    const k = Buffer.from(JWT_SECRET).toString("base64url");
    const secret = { kty: "oct", k, kid: "one" };
    const server = await servePublicKeys([{ published: secret as JWK } as SigningKey]);
    const verify = createTokenVerifier({ jwksUrl: server.url, roleClaim: null, userIds: "text" });
    const token = hmacToken("HS256", { kid: "one" }, { sub: "omar" }, JWT_SECRET);
    expect(await asked(verify, token)).toBe("UNAUTHENTICATED");
    await server.close();
  });
});

async function asked(verify: VerifyToken, token: string): Promise<Caller | string> {
  return verify(`Bearer ${token}`).catch(({ code }) => code);
}

/** Of the same set, and for nothing that is signed, as Keycloak publishes one. */
async function encryptionKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RSA-OAEP", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "encryption", alg: "RSA-OAEP", use: "enc" };
  return { published: jwk, privateKey, sign: () => Promise.reject(new Error("it signs nothing")) };
}
