import { readFileSync } from "node:fs";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastifyPlugin from "fastify-plugin";
import { described, withOptionalBodies } from "../described.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
) as { version: string };

/** `/openapi.json`, from the schemas that validate, and `/docs`, which shows it. */
export const documentation = fastifyPlugin(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "contact-sync",
        version,
        description:
          "A phone's address book goes in, the contacts who have accounts come out. Every request to /api/v1 carries a bearer token: a user's JWT, or the app's back end's.",
        license: { name: "MIT", identifier: "MIT" },
      },
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            description:
              "A user's JWT, or for the app's back end a JWT of the role service_role or a service key.",
          },
        },
      },
      tags: [
        { name: "sync", description: "Address books in, matches out." },
        { name: "contacts", description: "What a user reads and changes of their own." },
        { name: "directory", description: "For the app's back end: who verified which number." },
        { name: "operation", description: "For those who run it." },
      ],
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
    transform: ({ schema, url, route }) => ({ url, schema: described(url, schema, route.config) }),
    transformObject: (documentObject) =>
      "openapiObject" in documentObject ? withOptionalBodies(documentObject.openapiObject) : {},
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    // Its page sets styles of its own; nothing else may, and no script from elsewhere runs.
    staticCSP: {
      "default-src": "'self'",
      "script-src": "'self'",
      "style-src": ["'self'", "'unsafe-inline'"],
      "img-src": ["'self'", "data:"],
    },
  });
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
});
