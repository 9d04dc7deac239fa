import { fileURLToPath } from "node:url";
import { assertBuilt, PACKAGES } from "./built.ts";

const CLIENT_SOURCES: Record<string, string> = {
  "@contact-sync/client": "index.ts",
  "@contact-sync/client/errors": "protocol/error-table.ts",
};
const CLIENT = new URL("../../client/src/", import.meta.url);

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
      if (!importer.includes("/test/acceptance/")) {
        const source = CLIENT_SOURCES[id];
        return source === undefined ? null : fileURLToPath(new URL(source, CLIENT));
      }
      if (!(id in PACKAGES)) return null;
      if (!isBuilt) assertBuilt();
      isBuilt = true;
      return `${PACKAGES[id as keyof typeof PACKAGES]}/dist/index.js`;
    },
  };
}
