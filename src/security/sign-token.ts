import { type JWTPayload, SignJWT } from "jose";
import type { ClaimSettings } from "./caller.ts";
import type { TokenSettings } from "./verify-token.ts";

/** Beside who and for how long: what the service that it is for demands. */
export interface TokenRequest
  extends Pick<TokenSettings, "issuer" | "audience">,
    Omit<ClaimSettings, "userIds" | "accountCreatedClaim"> {
  readonly role: "authenticated" | "service_role";
  /** Whose token; a service token needs none. */
  readonly userId?: string | undefined;
  readonly expiresInSeconds: number;
}

/**
 * Signs a token as Supabase's HS256 projects do; for development, where no auth system is at hand. It
 * has the claims that are configured, each by its whole name, which is read before any nested one.
 */
export function signToken(secret: string, request: TokenRequest): Promise<string> {
  const token = new SignJWT(claimsOf(request))
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + request.expiresInSeconds);
  if (request.issuer !== undefined) token.setIssuer(request.issuer);
  if (request.audience !== undefined) token.setAudience(request.audience);
  return token.sign(new TextEncoder().encode(secret));
}

function claimsOf({ role, userId, requiredClaims = [], ...request }: TokenRequest): JWTPayload {
  const { userClaim = "sub", roleClaim = "role" } = request;
  const { userRoles = ["authenticated"], serviceRoles = ["service_role"] } = request;
  return {
    ...Object.fromEntries(requiredClaims.map(({ name, values }) => [name, values[0]])),
    ...(roleClaim === null
      ? {}
      : { [roleClaim]: (role === "authenticated" ? userRoles : serviceRoles)[0] }),
    ...(userId === undefined ? {} : { [userClaim]: userId }),
  };
}
