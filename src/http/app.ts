import { randomUUID } from "node:crypto";
import { MAX_REQUEST_BYTES } from "@contact-sync/client";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyBaseLogger, LogController } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { MAX_USER_ID_CHARACTERS } from "../input/arguments.ts";
import { answerClientError } from "./client-error.ts";
import { answerProblem } from "./plugins/problems.ts";
import { type ServiceOptions, service } from "./service.ts";

// Node's own default, which Fastify turns off.
const REQUEST_BODY_MS = 300_000;

export interface AppOptions extends ServiceOptions {
  readonly logger: FastifyBaseLogger;
  /** Seconds that a connection may be idle between two requests; default Fastify's 72. */
  readonly keepAliveSeconds?: number | undefined;
  /** Addresses of proxies in front, whose X-Forwarded-For is believed. */
  readonly trustProxy?: string[] | undefined;
}

/** The REST service, top to bottom. It listens when the caller says so. */
export async function createApp(options: AppOptions) {
  const app = createServer(options);
  // Here it is the whole app, whose hooks also see what is no endpoint.
  await app.register(fastifyPlugin(service), options);
  return app;
}

/** A server that serves nothing yet. */
export function createServer(
  options: Pick<AppOptions, "logger" | "keepAliveSeconds" | "trustProxy">,
) {
  const app = fastify({
    loggerInstance: options.logger,
    // Our own line names the route's pattern, for the path names a phone hash.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "request_id",
    }),
    // Never the client's: whatever it sends would be written into our log.
    genReqId: () => randomUUID(),
    bodyLimit: MAX_REQUEST_BYTES,
    // A user's id in a path, whatever it is written in, and one that is too long, which then is told
    // what an id is.
    routerOptions: { maxParamLength: 4 * MAX_USER_ID_CHARACTERS },
    trustProxy: options.trustProxy ?? false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    // A body that stops coming holds up nobody for ever; a million streamed contacts take less.
    requestTimeout: REQUEST_BODY_MS,
    ...(options.keepAliveSeconds === undefined
      ? {}
      : { keepAliveTimeout: options.keepAliveSeconds * 1000 }),
    // Fastify's own would log the packet.
    clientErrorHandler: (fault, socket) => answerClientError(fault, socket, options.logger),
    // A path that cannot be decoded reaches no route, and with it no plugin; Fastify's own answer
    // would quote it.
    frameworkErrors(fault, request, reply) {
      reply.header("x-request-id", request.id);
      answerProblem(fault, request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Fastify reads texts too; no endpoint here takes one.
  app.removeContentTypeParser("text/plain");
  return app;
}
