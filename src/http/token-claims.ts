import type { ClaimSettings, RequiredClaim } from "../security/caller.ts";
import { isUsersOwn } from "../security/claim.ts";

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

interface Reading {
  text(name: string): string | undefined;
  list(name: string): string[];
  /** Tells of a fault unless the condition holds. */
  demand(holds: boolean, fault: string): void;
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

  for (const [variable, claim] of [
    ["CONTACT_SYNC_JWT_USER_CLAIM", userClaim],
    ["CONTACT_SYNC_JWT_ROLE_CLAIM", roleClaim],
    ["CONTACT_SYNC_ACCOUNT_CREATED_CLAIM", accountCreatedClaim],
  ]) {
    demand(
      claim === undefined || !isUsersOwn(claim),
      `${variable} names what users write about themselves: take a claim that only the auth system sets, such as sub`,
    );
  }
  demand(
    required.every(([name, value]) => name !== "" && value !== ""),
    "CONTACT_SYNC_JWT_REQUIRED_CLAIMS: each must be a claim and its value, such as token_use=access",
  );
  demand(
    !serviceRoles.some((role) => userRoles.includes(role)),
    "CONTACT_SYNC_JWT_SERVICE_ROLES and CONTACT_SYNC_JWT_USER_ROLES must have no value in common",
  );
  demand(
    roleClaim !== NONE ||
      (isSame(userRoles, USER_ROLES) && (isNobodysRole || isSame(serviceRoles, SERVICE_ROLES))),
    "CONTACT_SYNC_JWT_USER_ROLES and CONTACT_SYNC_JWT_SERVICE_ROLES are values of a role claim, and CONTACT_SYNC_JWT_ROLE_CLAIM says that there is none",
  );
  demand(
    text("CONTACT_SYNC_JWT_AUDIENCE") !== undefined ||
      !SHARED_KEYS.includes(hostOf(text("CONTACT_SYNC_JWKS_URL") ?? "")),
    "CONTACT_SYNC_JWT_AUDIENCE must be set, because the keys of CONTACT_SYNC_JWKS_URL sign the tokens of everybody's apps",
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

function isSame(one: string[], other: string[]): boolean {
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

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : "";
}
