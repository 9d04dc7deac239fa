import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import type { RequiredClaim } from "../../security/caller.ts";
import type { TokenSettings } from "../../security/verify-token.ts";
import { demandSoundTokens, type TokenNames } from "../token-claims.ts";

const TOKENS: OptionNames<TokenSettings> = {
  jwtSecret: true,
  jwksUrl: true,
  serviceKeys: true,
  userIds: true,
  issuer: true,
  audience: true,
  userClaim: true,
  roleClaim: true,
  userRoles: true,
  serviceRoles: true,
  requiredClaims: true,
  accountCreatedClaim: true,
};
const NAMES = Object.fromEntries(
  Object.keys(TOKENS).map((name) => [name, `tokens.${name}`]),
) as TokenNames;
const TEXTS = ["issuer", "audience", "userClaim", "accountCreatedClaim", "jwtSecret", "jwksUrl"];
const LISTS = ["serviceKeys", "userRoles", "serviceRoles"];

/**
 * The token settings that an app gives, held to what `serve` demands of its variables: one that is
 * misspelt would demand nothing of a token.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`
 */
export function readTokenOptions(tokens: TokenSettings | undefined): TokenSettings | undefined {
  if (tokens === undefined) return undefined;
  const given = readOptions<TokenSettings>(tokens, TOKENS, "tokens");
  const demand = (holds: boolean, fault: string) => {
    if (!holds) throw new ContactSyncError("INVALID_ARGUMENT", fault);
  };
  for (const [name, value] of Object.entries({ ...given } as Record<string, unknown>)) {
    if (value === undefined || (name === "roleClaim" && value === null)) continue;
    if (name === "roleClaim" || TEXTS.includes(name)) {
      demand(isText(value), `tokens.${name} must be a text, and not an empty one`);
    } else if (LISTS.includes(name)) {
      demand(isTexts(value), `tokens.${name} must be a list of texts, none of them empty`);
    } else if (name === "requiredClaims") {
      demand(
        Array.isArray(value) && value.every(isRequired),
        'tokens.requiredClaims: each must be a claim\'s name and its values, such as { name: "token_use", values: ["access"] }',
      );
    }
  }
  demandSoundTokens(given, NAMES, demand);
  return given;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isRequired(claim: unknown): claim is RequiredClaim {
  const { name, values } = (claim ?? {}) as Record<string, unknown>;
  return isText(name) && isTexts(values) && values.length > 0;
}
