import { generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { JWT_SECRET, SERVICE_KEY } from "./support.ts";

const secret = new TextEncoder().encode(JWT_SECRET);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const now = () => Math.floor(Date.now() / 1000);

/** A token with these claims; an hour to live, unless the claims say otherwise. */
function sign(claims: object, alg = "HS256", key: Parameters<SignJWT["sign"]>[0] = secret) {
  return new SignJWT({ exp: now() + 3600, ...claims }).setProtectedHeader({ alg }).sign(key);
}

function unsigned(claims: object): string {
  const parts = [{ alg: "none" }, { exp: now() + 3600, ...claims }];
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
}

export type Access = "unauthenticated" | "not allowed" | "user" | "service";

/** What somebody may send for a token, and whom it must be taken for. */
export async function credentials(sub: string): Promise<[string, string | undefined, Access][]> {
  const user = { sub, role: "authenticated" };
  const valid = await sign(user);
  const [header, payload, signature] = valid.split(".") as [string, string, string];
  const forged = Buffer.from(JSON.stringify({ ...user, role: "service_role" })).toString(
    "base64url",
  );
  const pem = publicKey.export({ type: "spki", format: "pem" });
  return [
    ["no token", undefined, "unauthenticated"],
    ["an empty token", "", "unauthenticated"],
    ["garbage", "garbage", "unauthenticated"],
    ["three garbled parts", "a.b.c", "unauthenticated"],
    ["a wrong signature", await sign(user, "HS256", new Uint8Array(32)), "unauthenticated"],
    ["no signature", `${header}.${payload}.`, "unauthenticated"],
    ["another payload", `${header}.${forged}.${signature}`, "unauthenticated"],
    ["algorithm none", unsigned(user), "unauthenticated"],
    ["HS384 with the right secret", await sign(user, "HS384"), "unauthenticated"],
    ["HS512 with the right secret", await sign(user, "HS512"), "unauthenticated"],
    ["RS256 without JWKS", await sign(user, "RS256", privateKey), "unauthenticated"],
    [
      "HS256 with a public key's PEM",
      await sign(user, "HS256", Buffer.from(pem)),
      "unauthenticated",
    ],
    ["expired", await sign({ ...user, exp: now() - 60 }), "unauthenticated"],
    ["not yet valid", await sign({ ...user, nbf: now() + 60 }), "unauthenticated"],
    ["no expiry", await sign({ ...user, exp: undefined }), "unauthenticated"],
    [
      "a service token that has expired",
      await sign({ role: "service_role", exp: now() - 60 }),
      "unauthenticated",
    ],
    ["no subject", await sign({ role: "authenticated" }), "unauthenticated"],
    ["a subject that is no UUID", await sign({ ...user, sub: "1" }), "unauthenticated"],
    ["a wrong service key", `${SERVICE_KEY}x`, "unauthenticated"],
    ["the beginning of a service key", SERVICE_KEY.slice(0, -1), "unauthenticated"],
    ["anon", await sign({ role: "anon" }), "not allowed"],
    ["an anonymous user", await sign({ ...user, is_anonymous: true }), "not allowed"],
    ["an anonymous user, as text", await sign({ ...user, is_anonymous: "true" }), "not allowed"],
    ["no role", await sign({ sub }), "not allowed"],
    ["another role", await sign({ ...user, role: "postgres" }), "not allowed"],
    ["a list of roles", await sign({ ...user, role: ["authenticated"] }), "not allowed"],
    ["a user", valid, "user"],
    ["a user whose UUID is in capitals", await sign({ ...user, sub: sub.toUpperCase() }), "user"],
    ["a service token", await sign({ role: "service_role" }), "service"],
    ["a service token with a subject", await sign({ sub, role: "service_role" }), "service"],
    ["a service key", SERVICE_KEY, "service"],
  ];
}
