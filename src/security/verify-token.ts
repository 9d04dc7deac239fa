import { createHash, timingSafeEqual } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { isUuid } from "../input/arguments.ts";
import { createPublicKeys, type PublicKeys } from "./public-keys.ts";

/** Who a token speaks for. */
export type Caller =
  | { readonly role: "authenticated"; readonly userId: string }
  /** The app's back end. It may act for every owner, and is none itself. */
  | { readonly role: "service_role" };

export interface TokenSettings {
  /** Shared secret for HS256, as Supabase's legacy projects have it. */
  readonly jwtSecret?: string | undefined;
  /** Address of the public keys for ES256 and RS256, Supabase's signing keys. */
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
const PUBLIC_KEY_ALGORITHMS = ["ES256", "RS256"];

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
      const { alg } = decodeProtectedHeader(token);
      if (alg === "HS256" && secret !== undefined) {
        return callerOf((await jwtVerify(token, secret, { ...claims, algorithms: [alg] })).payload);
      }
      if (publicKeys !== undefined && PUBLIC_KEY_ALGORITHMS.includes(alg ?? "")) {
        const options = { ...claims, algorithms: PUBLIC_KEY_ALGORITHMS };
        return callerOf((await jwtVerify(token, publicKeys.find, options)).payload);
      }
    } catch (error) {
      throw error instanceof ContactSyncError ? error : unauthenticated(faultOf(error));
    }
    throw unauthenticated("the token's algorithm is not accepted here");
  };
}

function callerOf({ role, sub, is_anonymous }: JWTPayload): Caller {
  if (role === "service_role") return { role };
  if (role !== "authenticated" || (is_anonymous !== undefined && is_anonymous !== false)) {
    throw new ContactSyncError("NOT_ALLOWED", "the token is not a signed-in user's");
  }
  if (!isUuid(sub)) throw unauthenticated("the token's subject is no UUID");
  return { role, userId: sub.toLowerCase() };
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
    return `the token's claim ${error.claim} is missing or not the one demanded`;
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey
  ) {
    return "the token's signature is not valid";
  }
  return "the token cannot be read";
}

function unauthenticated(what: string): ContactSyncError {
  return new ContactSyncError("UNAUTHENTICATED", what);
}
