import { readOrCreateJwtSecret } from "../../embedded/data-folder-jwt-secret.ts";
import { readServiceConfiguration } from "../../http/service-configuration.ts";
import { invalid } from "../../input/arguments.ts";
import { signToken } from "../../security/sign-token.ts";
import { defineCommand } from "../command.ts";
import { userIfGiven, wholeNumber } from "../option-values.ts";

interface Options {
  user?: string;
  role: string;
  expires: number;
}

export const tokenCommand = defineCommand<Options>({
  usage: "token",
  summary: "Make a token for development.",
  description:
    "Signed with CONTACT_SYNC_JWT_SECRET or, without one, with the secret the service keeps in the data directory, and with the claims that are configured.",
  examples: ["token --user 0b8f8c1e-5a43-4f0e-9d55-3a2f0f0f6a01", "token --role service_role"],
  configure: (command) =>
    command
      .option("--user <user>", "whose token it is")
      .option("--role <role>", "authenticated or service_role", "authenticated")
      .option("--expires <seconds>", "how long it is valid", wholeNumber, 3600),
  async run({ io, printer, configuration }, { user, role, expires }) {
    if (role !== "authenticated" && role !== "service_role") {
      throw invalid("--role must be authenticated or service_role");
    }
    if (role === "authenticated" && user === undefined) {
      throw invalid("--user is needed: a token of role authenticated is somebody's");
    }
    const { tokens } = readServiceConfiguration(io.environment);
    const { jwtSecret, jwksUrl, serviceKeys = [], issuer, audience, requiredClaims } = tokens;
    const { userClaim, roleClaim, userRoles, serviceRoles } = tokens;
    if (role === "service_role" && (roleClaim === null || serviceRoles?.length === 0)) {
      throw invalid(
        "--role service_role: no JWT speaks for the back end where CONTACT_SYNC_JWT_ROLE_CLAIM or CONTACT_SYNC_JWT_SERVICE_ROLES is none; send one of CONTACT_SYNC_SERVICE_KEYS",
      );
    }
    if (jwtSecret === undefined && (jwksUrl !== undefined || serviceKeys.length > 0)) {
      throw invalid(
        "the service takes no token of this command where CONTACT_SYNC_JWKS_URL or CONTACT_SYNC_SERVICE_KEYS is set without CONTACT_SYNC_JWT_SECRET: set that, for the service too",
      );
    }
    const secret = jwtSecret ?? (await readOrCreateJwtSecret(configuration.dataDir));
    const token = await signToken(secret, {
      role,
      userId: userIfGiven(configuration, user, "--user"),
      ...{ issuer, audience, requiredClaims, userClaim, roleClaim, userRoles, serviceRoles },
      expiresInSeconds: expires,
    });
    printer.json({ token, expires_in: expires });
    printer.line(token);
    return undefined;
  },
});
