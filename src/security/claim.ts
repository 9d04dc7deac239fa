import type { JWTPayload } from "jose";

// What people write about themselves: the claims of OIDC Core 1.0, 5.1 that describe a profile, of
// which 5.7 says that none may identify anybody, and the metadata that Supabase, Auth0 and Clerk let
// a user set.
const PROFILE_CLAIMS = new Set([
  ...["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"],
  ...["profile", "picture", "website", "email", "email_verified", "gender", "birthdate"],
  ...["zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at"],
]);
const USERS_METADATA = /(^|[^A-Za-z0-9])(user|unsafe)_?metadata([^A-Za-z0-9]|$)/i;

/**
 * A claim by its name. At each level the longest name that the token has counts, whatever is in it
 * (`https://app.example/user_id`, `cognito:groups`); the dot behind it leads one level down
 * (`realm_access.roles`). Undefined where there is none.
 */
export function readClaim(payload: JWTPayload, name: string): unknown {
  let level: unknown = payload;
  let left = name;
  while (isObject(level)) {
    const own = longestName(level, left);
    if (own === undefined) return undefined;
    if (own === left) return level[own];
    level = level[own];
    left = left.slice(own.length + 1);
  }
  return undefined;
}

/** The texts of a claim that is one text, or a list that holds some. */
export function textsOf(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((value) => typeof value === "string");
}

/** Whether a claim of this name says what users write about themselves, as far as a name tells. */
export function isUsersOwn(name: string): boolean {
  return PROFILE_CLAIMS.has(name.split(".")[0] as string) || USERS_METADATA.test(name);
}

/** Own properties alone: a claim may be named like a method that every object has. */
function longestName(level: object, path: string): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) {
    const name = path.slice(0, end);
    if (Object.hasOwn(level, name)) return name;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
