import { readOrCreateJwtSecret } from "../../embedded/data-folder-jwt-secret.ts";
import { readServiceConfiguration } from "../../http/service-configuration.ts";
import { assertUuid, invalid } from "../../input/arguments.ts";
import { signToken } from "../../security/sign-token.ts";
import { defineCommand } from "../command.ts";
import { wholeNumber } from "../option-values.ts";

interface Options {
  user?: string;
  role: string;
  expires: number;
}

export const tokenCommand = defineCommand<Options>({
  usage: "token",
  summary: "Make a token for development.",
  description:
    "Signed with CONTACT_SYNC_JWT_SECRET or, without one, with the secret the service keeps in the data directory.",
  examples: ["token --user 0b8f8c1e-5a43-4f0e-9d55-3a2f0f0f6a01", "token --role service_role"],
  configure: (command) =>
    command
      .option("--user <uuid>", "whose token it is")
      .option("--role <role>", "authenticated or service_role", "authenticated")
      .option("--expires <seconds>", "how long it is valid", wholeNumber, 3600),
  async run({ io, printer, configuration }, { user, role, expires }) {
    if (role !== "authenticated" && role !== "service_role") {
      throw invalid("--role must be authenticated or service_role");
    }
    if (role === "authenticated" && user === undefined) {
      throw invalid("--user UUID is needed: a token of role authenticated is somebody's");
    }
    const { tokens } = readServiceConfiguration(io.environment);
    const secret = tokens.jwtSecret ?? (await readOrCreateJwtSecret(configuration.dataDir));
    const token = await signToken(secret, {
      role,
      userId: user === undefined ? undefined : assertUuid(user, "--user"),
      issuer: tokens.issuer,
      audience: tokens.audience,
      expiresInSeconds: expires,
    });
    printer.json({ token, expires_in: expires });
    printer.line(token);
    return undefined;
  },
});
