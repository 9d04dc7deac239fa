import { SignJWT } from "jose";

export interface TokenRequest {
  readonly role: "authenticated" | "service_role";
  /** Whose token; a service token needs none. */
  readonly userId?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly expiresInSeconds: number;
}

/** Signs a token as Supabase's HS256 projects do; for development, where no auth system is at hand. */
export function signToken(secret: string, request: TokenRequest): Promise<string> {
  const token = new SignJWT({ role: request.role })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + request.expiresInSeconds);
  if (request.userId !== undefined) token.setSubject(request.userId);
  if (request.issuer !== undefined) token.setIssuer(request.issuer);
  if (request.audience !== undefined) token.setAudience(request.audience);
  return token.sign(new TextEncoder().encode(secret));
}
