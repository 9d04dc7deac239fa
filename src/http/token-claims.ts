import type { ClaimSettings, RequiredClaim } from "../security/caller.ts";
import { isUsersOwn } from "../security/claim.ts";
import type { TokenSettings } from "../security/verify-token.ts";

/** What stands for nothing, where an empty variable is one that is not set. */
const NONE = "none";
const USER_ROLES = ["authenticated"];
const SERVICE_ROLES = ["service_role"];

// Whoever signs up there with an app of their own gets tokens that are signed with the same keys.
const SHARED_KEYS = [
  "www.googleapis.com",
  "appleid.apple.com",
  "login.microsoftonline.com",
  "www.facebook.com",
  "limited.facebook.com",
];

/** Tells of a fault unless the condition holds. */
export type Demand = (holds: boolean, fault: string) => void;

interface Reading {
  text(name: string): string | undefined;
  list(name: string): string[];
  readonly demand: Demand;
}

/** What the settings are called by whoever gives them. */
export type TokenNames = { readonly [Name in keyof TokenSettings]-?: string };

/** What must hold of settings, wherever they come from, or others than the app's users get in. */
export function demandSoundTokens(tokens: TokenSettings, names: TokenNames, demand: Demand): void {
  const { jwtSecret, jwksUrl, serviceKeys = [], audience, roleClaim } = tokens;
  const { userRoles = USER_ROLES, serviceRoles = SERVICE_ROLES } = tokens;
  // RFC 7518, 3.2: a key of HS256 is at least as long as its digest.
  demand(
    jwtSecret === undefined || Buffer.byteLength(jwtSecret) >= 32,
    `${names.jwtSecret} must have at least 32 bytes`,
  );
  demand(
    jwksUrl === undefined || /^https?:$/.test(protocolOf(jwksUrl)),
    `${names.jwksUrl} must be an http(s) address`,
  );
  demand(
    serviceKeys.every((key) => key.length >= 32),
    `${names.serviceKeys}: each must have at least 32 characters`,
  );
  for (const name of ["userClaim", "roleClaim", "accountCreatedClaim"] as const) {
    demand(
      !isUsersOwn(tokens[name] ?? ""),
      `${names[name]} names what users write about themselves: take a claim that only the auth system sets, such as sub`,
    );
  }
  demand(
    !serviceRoles.some((role) => userRoles.includes(role)),
    `${names.serviceRoles} and ${names.userRoles} must have no value in common`,
  );
  demand(
    roleClaim !== null ||
      (isSame(userRoles, USER_ROLES) &&
        (serviceRoles.length === 0 || isSame(serviceRoles, SERVICE_ROLES))),
    `${names.userRoles} and ${names.serviceRoles} are values of a role claim, and ${names.roleClaim} says that there is none`,
  );
  demand(
    audience !== undefined || !SHARED_KEYS.includes(hostOf(jwksUrl ?? "")),
    `${names.audience} must be set, because the keys of ${names.jwksUrl} sign the tokens of everybody's apps`,
  );
}

/** Which claims of a token are read for what, and which are demanded. */
export function readTokenClaims({ text, list, demand }: Reading): ClaimSettings {
  const userClaim = text("CONTACT_SYNC_JWT_USER_CLAIM") ?? "sub";
  const roleClaim = text("CONTACT_SYNC_JWT_ROLE_CLAIM");
  const accountCreatedClaim = text("CONTACT_SYNC_ACCOUNT_CREATED_CLAIM");
  const userRoles = valuesOr(USER_ROLES, list("CONTACT_SYNC_JWT_USER_ROLES"));
  const serviceRoles = valuesOr(SERVICE_ROLES, list("CONTACT_SYNC_JWT_SERVICE_ROLES"));
  const required = list("CONTACT_SYNC_JWT_REQUIRED_CLAIMS").map(namedValue);
  const isNobodysRole = serviceRoles.join() === NONE;

  demand(
    required.every(([name, value]) => name !== "" && value !== ""),
    "CONTACT_SYNC_JWT_REQUIRED_CLAIMS: each must be a claim and its value, such as token_use=access",
  );
  return {
    requiredClaims: byName(required),
    userClaim,
    roleClaim: roleClaim === NONE ? null : roleClaim,
    userRoles,
    serviceRoles: isNobodysRole ? [] : serviceRoles,
    accountCreatedClaim,
  };
}

function valuesOr(usual: string[], given: string[]): string[] {
  return given.length === 0 ? usual : given;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join() === other.join();
}

function namedValue(pair: string): [name: string, value: string] {
  const end = pair.indexOf("=");
  return end < 0 ? [pair, ""] : [pair.slice(0, end).trim(), pair.slice(end + 1).trim()];
}

/** A claim that is named several times may have any of the values. */
function byName(pairs: readonly [name: string, value: string][]): RequiredClaim[] {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return [...values].map(([name, values]) => ({ name, values }));
}

function protocolOf(address: string): string {
  return URL.canParse(address) ? new URL(address).protocol : "";
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : "";
}
