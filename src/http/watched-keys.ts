import type { FastifyBaseLogger } from "fastify";
import { createPublicKeys, type PublicKeys } from "../security/public-keys.ts";

/** The public keys of tokens; the log tells when they begin to be out of reach, and when no more. */
export function watchedKeys(
  jwksUrl: string | undefined,
  logger: FastifyBaseLogger,
): PublicKeys | undefined {
  if (jwksUrl === undefined) return undefined;
  return createPublicKeys(jwksUrl, {
    onChange: ({ isAway, cause, ageSeconds }) => {
      const known = Number.isNaN(ageSeconds) ? null : Math.round(ageSeconds);
      if (!isAway) logger.info("the public keys of tokens are fetched again");
      else
        logger.error(
          { code: "KEYS_UNAVAILABLE", cause, age_seconds: known },
          known === null
            ? "the public keys of tokens cannot be fetched: nobody whose token needs one gets in"
            : "the public keys of tokens cannot be fetched: those that are known stay in use",
        );
    },
  });
}
