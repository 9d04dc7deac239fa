import { ContactSyncError } from "@contact-sync/client";
import fastifyPlugin from "fastify-plugin";
import { isNestedDeeper } from "../json-depth.ts";

// The deepest body that an endpoint takes has three levels.
const MOST_LEVELS = 32;

/**
 * Reads JSON bodies. One that is absent is absent, whatever its type is said to be; one that is
 * nested deeper than anything has a use for is refused before somebody walks it and runs out of
 * stack.
 */
export const jsonBodies = fastifyPlugin(async (app) => {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>(
    "application/json",
    { parseAs: "string" },
    (request, body, done) => {
      if (body === "") return done(null, null);
      if (isNestedDeeper(body, MOST_LEVELS)) {
        return done(
          new ContactSyncError("INVALID_REQUEST", `the body has more than ${MOST_LEVELS} levels`),
        );
      }
      return parse(request, body, done);
    },
  );
  app.addHook("onRequest", async ({ headers }) => {
    const { "content-length": length = "0", "transfer-encoding": chunked } = headers;
    if (length !== "0" || chunked !== undefined) return;
    delete headers["content-type"];
    delete headers["content-encoding"];
  });
});
