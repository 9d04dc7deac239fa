import { createHash, timingSafeEqual } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { decodeProtectedHeader, errors, jwtVerify } from "jose";
import { type Caller, type ClaimSettings, createCallerReader } from "./caller.ts";
import { createPublicKeys, type PublicKeys } from "./public-keys.ts";

export type { Caller } from "./caller.ts";

export interface TokenSettings extends ClaimSettings {
  /** Shared secret for HS256, as Supabase's legacy projects have it. */
  readonly jwtSecret?: string | undefined;
  /** Address of the public keys, a JWK Set. */
  readonly jwksUrl?: string | undefined;
  /** Demanded of every token where given. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Opaque bearer tokens that carry the service role, for Supabase's secret keys are no JWTs. */
  readonly serviceKeys?: readonly string[] | undefined;
}

/** @throws ContactSyncError `UNAUTHENTICATED`, `NOT_ALLOWED`, `KEYS_UNAVAILABLE` */
export type VerifyToken = (authorization: string | undefined) => Promise<Caller>;

// Clocks of two servers differ by a little.
const CLOCK_TOLERANCE_SECONDS = 5;
// Those of key pairs alone. jose uses a key for none but those of its kind and curve, and for its
// own where the key names one.
const PUBLIC_KEY_ALGORITHMS = [
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
];

/**
 * Makes the verifier of bearer tokens. Each of its keys has its own algorithms, pinned, so that a
 * public key is never taken for a shared secret.
 *
 * @param publicKeys those of `jwksUrl`, for one who watches them
 */
export function createTokenVerifier(
  settings: TokenSettings,
  publicKeys: PublicKeys | undefined = publicKeysOf(settings),
): VerifyToken {
  const serviceDigests = (settings.serviceKeys ?? []).map(digest);
  const secret =
    settings.jwtSecret === undefined ? undefined : new TextEncoder().encode(settings.jwtSecret);
  const callerOf = createCallerReader(settings);
  const claims = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ["exp"],
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };

  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) throw unauthenticated("there is no bearer token");
    if (isServiceKey(token, serviceDigests)) return { role: "service_role" };
    try {
      const { alg = "", typ } = decodeProtectedHeader(token);
      if (isOfAnotherType(typ)) throw unauthenticated("it is no access token");
      if (alg === "HS256" && secret !== undefined) {
        const { payload } = await jwtVerify(token, secret, { ...claims, algorithms: [alg] });
        return callerOf(payload);
      }
      if (publicKeys !== undefined && PUBLIC_KEY_ALGORITHMS.includes(alg)) {
        const options = { ...claims, algorithms: [alg] };
        const { payload } = await jwtVerify(token, publicKeys.find, options);
        return callerOf(payload);
      }
    } catch (error) {
      throw error instanceof ContactSyncError ? error : unauthenticated(faultOf(error));
    }
    throw unauthenticated("the token's algorithm is not accepted here");
  };
}

/** Explicit types (RFC 8725, 3.11) that are no access token's (RFC 9068): of logouts, of proofs. */
function isOfAnotherType(typ: unknown): boolean {
  return typeof typ === "string" && /\+jwt$/i.test(typ) && !/^(application\/)?at\+jwt$/i.test(typ);
}

/** Every key is compared, each in constant time, so that the answer's time tells nothing. */
function isServiceKey(token: string, digests: readonly Buffer[]): boolean {
  const given = digest(token);
  return digests.map((known) => timingSafeEqual(known, given)).includes(true);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function publicKeysOf({ jwksUrl }: TokenSettings): PublicKeys | undefined {
  return jwksUrl === undefined ? undefined : createPublicKeys(jwksUrl);
}

function faultOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    // In the future, as a service's clock that is late has it.
    if (error.claim === "nbf" && error.reason === "check_failed") {
      return "the token is not valid yet (nbf)";
    }
    return `the token's claim ${error.claim} is missing or not the one demanded`;
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey
  ) {
    return "the token's signature is not valid";
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return "the token does not say which of the public keys it is signed with";
  }
  return "the token cannot be read";
}

function unauthenticated(what: string): ContactSyncError {
  return new ContactSyncError("UNAUTHENTICATED", what);
}
