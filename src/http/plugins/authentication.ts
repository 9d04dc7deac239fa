import { ContactSyncError } from "@contact-sync/client";
import type { FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Caller, VerifyToken } from "../../security/verify-token.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sent it; set before any handler of the API runs. */
    caller: Caller;
  }
}

/** Everything registered beside it demands a valid token. */
export const authentication = fastifyPlugin<{ verifyToken: VerifyToken }>(
  async (app, { verifyToken }) => {
    app.decorateRequest("caller");
    app.addHook("onRequest", async (request) => {
      request.caller = await verifyToken(request.headers.authorization);
    });
  },
);

/** Everything registered beside it is for the app's back end alone. */
export const serviceOnly = fastifyPlugin(async (app) => {
  app.addHook("onRequest", async ({ caller }) => {
    if (caller.role !== "service_role") {
      throw new ContactSyncError("NOT_ALLOWED", "this endpoint is for the app's back end");
    }
  });
});

/** Everything registered beside it acts for the user whose token it is. */
export const ownerOnly = fastifyPlugin(async (app) => {
  app.addHook("onRequest", async ({ caller }) => {
    if (caller.role !== "authenticated") {
      throw new ContactSyncError(
        "NOT_ALLOWED",
        "this endpoint acts for the user whose token is sent, and a service token is no user's",
      );
    }
  });
});

/** The user a request acts for. Only in routes behind `ownerOnly`. */
export function ownerOf({ caller }: FastifyRequest): string {
  if (caller.role !== "authenticated") throw new Error("the route is not registered in ownerOnly");
  return caller.userId;
}
