// Tokens that no library would sign, made by hand.
import { constants, createHmac, KeyObject, sign } from "node:crypto";
import type { SigningKey } from "./public-keys.ts";

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const hashOf = (alg: string) => `sha${alg.slice(-3)}`;
const unsigned = (header: object, claims: object) =>
  `${encoded(header)}.${encoded({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims })}`;

/** Unsigned, and says so. */
export function tokenWithoutSignature(header: object, claims: object): string {
  return `${unsigned({ ...header, alg: "none" }, claims)}.`;
}

/** With HMAC, whatever the secret is. */
export function hmacToken(
  alg: "HS256" | "HS384" | "HS512",
  header: object,
  claims: object,
  secret: string | Buffer,
): string {
  const content = unsigned({ ...header, alg }, claims);
  return `${content}.${createHmac(hashOf(alg), secret).update(content).digest("base64url")}`;
}

/** With an RSA key, whatever its own algorithm is. */
export function rsaToken(
  alg: string,
  { privateKey, published }: SigningKey,
  header: object,
  claims: object,
): string {
  const content = unsigned({ ...header, alg, kid: published.kid }, claims);
  const signature = sign(hashOf(alg), Buffer.from(content), {
    key: KeyObject.from(privateKey),
    ...(alg.startsWith("PS")
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {}),
  });
  return `${content}.${signature.toString("base64url")}`;
}
