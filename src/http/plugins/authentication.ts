import { ContactSyncError } from "@contact-sync/client";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Users } from "../../engine/users.ts";
import type { Caller } from "../../security/verify-token.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whose token the route takes, by the scope that it is registered in; none: anybody may ask. */
    takes?: Takes;
    /** Of a route by which the back end acts for the user that the path names as `userId`. */
    isOnBehalf?: boolean;
  }
  interface FastifyRequest {
    /** Who sent it; set before any handler of the API runs. */
    caller: Caller;
    /**
     * Whom it acts for, and what counts by owner counts it for: the user who sent it, or for whom the
     * back end did. Null of what the back end does for nobody. Set together with `caller`.
     */
    owner: string | null;
  }
}

export type Takes = "user" | "service" | "either";

/**
 * Finds out who sent a request. `VerifyToken` is one, which asks for nothing but the token.
 *
 * @throws ContactSyncError `UNAUTHENTICATED`, `NOT_ALLOWED`, `KEYS_UNAVAILABLE`
 */
export type VerifyCaller = (
  authorization: string | undefined,
  request: FastifyRequest,
) => Promise<Caller>;

/** Everything registered beside it demands a valid token, or what else a caller is known by. */
export const authentication = fastifyPlugin<{ verifyToken: VerifyCaller; users: Users }>(
  async (app, { verifyToken, users }) => {
    app.decorateRequest("caller");
    tell(app, "either");
    app.decorateRequest("owner", null);
    app.addHook("onRequest", async (request) => {
      request.caller = await verifyToken(request.headers.authorization, request);
      request.owner = ownerIn(request, users);
    });
  },
);

/** Everything registered beside it is for the app's back end alone. */
export const serviceOnly = fastifyPlugin(async (app) => {
  tell(app, "service");
  app.addHook("onRequest", async ({ caller }) => {
    if (caller.role !== "service_role") {
      throw new ContactSyncError("NOT_ALLOWED", "this endpoint is for the app's back end");
    }
  });
});

/** Everything registered beside it acts for the user whose token it is. */
export const ownerOnly = fastifyPlugin(async (app) => {
  tell(app, "user");
  app.addHook("onRequest", async ({ caller }) => {
    if (caller.role !== "authenticated") {
      throw new ContactSyncError(
        "NOT_ALLOWED",
        "this endpoint acts for the user whose token is sent, and a service token is no user's",
      );
    }
  });
});

/** For the document. The hooks of an inner scope run after those of an outer one. */
function tell(app: FastifyInstance, takes: Takes): void {
  app.addHook("onRoute", (route) => {
    route.config = { ...route.config, takes };
  });
}

/** When the account of that user was made, as far as the token says. */
export function accountOf({ caller }: FastifyRequest): { accountCreatedAt?: Date } {
  return caller.role === "authenticated" && caller.accountCreatedAt !== undefined
    ? { accountCreatedAt: caller.accountCreatedAt }
    : {};
}

/** The user a request acts for. Only in routes behind `ownerOnly` or `onBehalf`. */
export function ownerOf({ owner }: FastifyRequest): string {
  if (owner === null) throw new Error("the route is registered in neither ownerOnly nor onBehalf");
  return owner;
}

/** Before the path is validated: what is no user's id there is nobody's, and refused after that. */
function ownerIn({ caller, params, routeOptions }: FastifyRequest, users: Users): string | null {
  if (caller.role === "authenticated") return caller.userId;
  if (routeOptions.config.isOnBehalf !== true) return null;
  const { userId } = params as { userId?: unknown };
  return users.read(userId)?.id ?? null;
}
