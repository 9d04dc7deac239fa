import { fileURLToPath } from "node:url";
import { assertBuilt, PACKAGES } from "./built.ts";

const CLIENT_SOURCE = fileURLToPath(new URL("../../client/src/index.ts", import.meta.url));

/**
 * What a test means by one of our packages. Most read the client's source, so that a change there
 * needs no build to be seen; the acceptance tests get what a user does.
 */
export function packages() {
  let isBuilt = false;
  return {
    name: "contact-sync:packages",
    enforce: "pre" as const,
    resolveId(id: string, importer = "") {
      if (!(id in PACKAGES)) return null;
      if (!importer.includes("/test/acceptance/")) {
        return id === "@contact-sync/client" ? CLIENT_SOURCE : null;
      }
      if (!isBuilt) assertBuilt();
      isBuilt = true;
      return `${PACKAGES[id as keyof typeof PACKAGES]}/dist/index.js`;
    },
  };
}
