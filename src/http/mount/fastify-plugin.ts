import { type OptionNames, readOptions } from "@contact-sync/client";
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import { refusalOf } from "./listener.ts";
import { MOUNT_OPTIONS, type MountOptions } from "./mount-options.ts";
import { mount } from "./mounted.ts";

/** Of `createHandler`'s options all but the path, which is Fastify's `prefix`. */
export interface ContactSyncPluginOptions extends Omit<MountOptions<FastifyRequest>, "basePath"> {
  /** What `createContactSync` resolves to; its `close()` closes what is mounted as well. */
  readonly contactSync: ContactsWithAccounts;
}

const { basePath: _, ...OPTIONS } = MOUNT_OPTIONS;
const PLUGIN_OPTIONS: OptionNames<ContactSyncPluginOptions> = { contactSync: true, ...OPTIONS };
// Fastify's own, which it hands on.
const OF_FASTIFY = ["prefix", "logLevel", "logSerializers"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * The REST service of an open engine in a Fastify app of your own. It is an app by itself behind one
 * route of yours: of yours it has the hooks `onRequest`, the headers that they set, and `onResponse`;
 * and nothing else of either is known to the other, be it parsers, validators, decorators, error
 * handlers or limits. `authenticate` gets your request. Lines go to your `app.log` unless `logger`
 * says otherwise.
 *
 * @example
 * await app.register(contactSyncPlugin, {
 *   prefix: "/contact-sync",
 *   contactSync,
 *   authenticate: (request) => request.session.user && { userId: request.session.user.id },
 * });
 */
export const contactSyncPlugin: FastifyPluginAsync<ContactSyncPluginOptions> = async (
  app,
  { ...given },
) => {
  for (const name of OF_FASTIFY) delete (given as Record<string, unknown>)[name];
  const { contactSync, ...options } = readOptions<ContactSyncPluginOptions>(given, PLUGIN_OPTIONS);
  const mounted = mount<FastifyRequest>(contactSync, {
    logger: app.log,
    ...options,
    basePath: app.prefix,
  });
  await mounted.open();
  app.addHook("onClose", () => mounted.close());

  // After every onRequest hook, a route's own too, and before anything reads the body.
  app.addHook("preParsing", (request, reply) => {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    mounted
      .answer(request.raw, reply.raw, request, refusalOf(request.raw))
      .catch((fault) => reply.raw.destroy(fault));
  });
  for (const url of ["/", "/*"]) {
    app.route({
      method: methodsOf(app),
      url,
      // A path may name a phone hash, which the app's own line of it would tell; ours names the route.
      logLevel: "silent",
      schema: { hide: true } as object,
      exposeHeadRoute: false,
      handler: async () => {},
    });
  }
};

/** Fastify 4 knows all of ours, and has no list of what it knows. */
function methodsOf(app: Partial<FastifyInstance>): string[] {
  const known = app.supportedMethods;
  return METHODS.filter((method) => known === undefined || known.includes(method));
}
