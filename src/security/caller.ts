import { ContactSyncError } from "@contact-sync/client";
import type { JWTPayload } from "jose";
import { isUserText, isUuid, USER_TEXT_FORM } from "../input/arguments.ts";
import { parseTime } from "../input/time.ts";
import { readClaim, textsOf } from "./claim.ts";
import type { UserIdKind } from "./user-ids.ts";

/** Who a token speaks for. */
export type Caller =
  | {
      readonly role: "authenticated";
      /** The app's own: a lower-cased UUID, or the text as it is. */
      readonly userId: string;
      /** When the account was made, where a claim says so. */
      readonly accountCreatedAt?: Date;
    }
  /** The app's back end. It may act for every owner, and is none itself. */
  | { readonly role: "service_role" };

/** Which claims are read for what. Each is named as `readClaim` reads it. */
export interface ClaimSettings {
  /** The claim that names the user; default `sub`. */
  readonly userClaim?: string | undefined;
  /** What a user's id is; default `uuid`. */
  readonly userIds?: UserIdKind | undefined;
  /**
   * The claim that says whom the token speaks for, one text or a list of them; null: none is
   * demanded, and every valid token is a signed-in user's. Default `role`, which must be one text.
   */
  readonly roleClaim?: string | null | undefined;
  /** Its values for users; default `authenticated`. */
  readonly userRoles?: readonly string[] | undefined;
  /** Its values for the app's back end; default `service_role`. */
  readonly serviceRoles?: readonly string[] | undefined;
  /** Demanded of every token, each with one of its values: `token_use`, `client_id`, `azp`. */
  readonly requiredClaims?: readonly RequiredClaim[] | undefined;
  /** The claim that says when a user's account was made: seconds since 1970, or ISO 8601. */
  readonly accountCreatedClaim?: string | undefined;
}

export interface RequiredClaim {
  readonly name: string;
  readonly values: readonly string[];
}

// The year 2286: seconds have ten digits until then, and milliseconds thirteen.
const MAX_SECONDS = 9_999_999_999;

/**
 * Makes the reader of a verified token's claims: whom it speaks for.
 *
 * @returns throws ContactSyncError `UNAUTHENTICATED`, `NOT_ALLOWED`
 */
export function createCallerReader(settings: ClaimSettings): (payload: JWTPayload) => Caller {
  const { userClaim = "sub", userIds = "uuid", requiredClaims = [] } = settings;
  const { userRoles = ["authenticated"], serviceRoles = ["service_role"] } = settings;
  const { roleClaim, accountCreatedClaim } = settings;

  return (payload) => {
    if (isForTheAppAlone(payload)) {
      throw unauthenticated("it is no access token: an ID token is for the app and opens nothing");
    }
    for (const { name, values } of requiredClaims) {
      if (valuesOf(readClaim(payload, name)).some((value) => values.includes(value))) continue;
      throw unauthenticated(`the token's claim ${name} is missing or not the one demanded`);
    }
    const roles = rolesOf(payload, roleClaim);
    if (roles?.some((role) => serviceRoles.includes(role))) return { role: "service_role" };
    const isUsers = roles === null || roles.some((role) => userRoles.includes(role));
    if (!isUsers || isAnonymous(payload) || isClients(payload)) {
      throw new ContactSyncError("NOT_ALLOWED", "the token is not a signed-in user's");
    }
    const userId = readUserId(readClaim(payload, userClaim), userIds);
    if (userId === undefined) {
      throw unauthenticated(
        userIds === "uuid"
          ? `the token's claim ${userClaim} is no UUID`
          : `the token's claim ${userClaim} is no user id: it must be ${USER_TEXT_FORM}, or a whole number below 2^53`,
      );
    }
    const caller = { role: "authenticated", userId } as const;
    if (accountCreatedClaim === undefined) return caller;
    const created = readClaim(payload, accountCreatedClaim);
    if (created === undefined) return caller;
    const accountCreatedAt = timeOf(created);
    if (accountCreatedAt === undefined) {
      throw unauthenticated(
        `the token's claim ${accountCreatedClaim} is no time: it must be seconds since 1970, or ISO 8601`,
      );
    }
    return { ...caller, accountCreatedAt };
  };
}

/** Null where no role is demanded. Without a setting it is one text, as Supabase has it. */
function rolesOf(payload: JWTPayload, roleClaim: ClaimSettings["roleClaim"]): string[] | null {
  if (roleClaim === null) return null;
  if (roleClaim !== undefined) return textsOf(readClaim(payload, roleClaim));
  return typeof payload["role"] === "string" ? [payload["role"]] : [];
}

/** Cognito's and Keycloak's tokens say what they are for. */
function isForTheAppAlone({ token_use, typ }: JWTPayload): boolean {
  if (token_use !== undefined && token_use !== "access") return true;
  return typeof typ === "string" && /^(id|refresh|offline|logout)$/i.test(typ);
}

/** Supabase's, Firebase's, and Clerk's of somebody who has not finished signing in. */
function isAnonymous(payload: JWTPayload): boolean {
  const { is_anonymous, sts } = payload;
  return (
    (is_anonymous !== undefined && is_anonymous !== false) ||
    readClaim(payload, "firebase.sign_in_provider") === "anonymous" ||
    sts === "pending"
  );
}

/** Of a program that signed in for itself: then its subject is the client (RFC 9068, 2.2). */
function isClients({ sub, client_id, azp, gty }: JWTPayload): boolean {
  if (gty === "client-credentials") return true;
  return sub !== undefined && [client_id, azp].some((id) => sub === id || sub === `${id}@clients`);
}

/** As a setting may name them. */
function valuesOf(claim: unknown): string[] {
  return typeof claim === "number" || typeof claim === "boolean" ? [String(claim)] : textsOf(claim);
}

function readUserId(claim: unknown, userIds: UserIdKind): string | undefined {
  if (userIds === "uuid") return isUuid(claim) ? claim.toLowerCase() : undefined;
  if (Number.isSafeInteger(claim)) return String(claim);
  return isUserText(claim) ? claim : undefined;
}

/** Seconds as RFC 7519 counts them, or a text. Milliseconds are none. */
function timeOf(claim: unknown): Date | undefined {
  if (typeof claim === "string") return parseTime(claim);
  if (typeof claim !== "number" || claim < 0 || claim > MAX_SECONDS) return undefined;
  return new Date(claim * 1000);
}

function unauthenticated(what: string): ContactSyncError {
  return new ContactSyncError("UNAUTHENTICATED", what);
}
