// `contact-sync/handler`: the REST service inside of a server of your own.

export type { Log, LogLine, LogTarget } from "../../jobs/log.ts";
export type { TokenSettings } from "../../security/verify-token.ts";
export type { RateLimits } from "../plugins/rate-limits.ts";
export { type ContactSyncPluginOptions, contactSyncPlugin } from "./fastify-plugin.ts";
export { createHandler, type Handler } from "./handler.ts";
export { createListener, type Listener } from "./listener.ts";
export type { MountOptions } from "./mount-options.ts";
export type { Authenticate, Session } from "./session.ts";
