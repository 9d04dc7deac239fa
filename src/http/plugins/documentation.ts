import swagger from "@fastify/swagger";
import fastifyPlugin from "fastify-plugin";
import type { Users } from "../../engine/users.ts";
import { described, inOrder, withOptionalBodies, withUserIds } from "../described.ts";
import { VERSION } from "../version.ts";
import { apiPagePlugin } from "./api-page.ts";

/** `/openapi.json`, from the schemas that validate, and `/docs`, which shows it. */
export const documentation = fastifyPlugin<{ users: Users }>(async (app, { users }) => {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "contact-sync",
        version: VERSION,
        description:
          "A phone's address book goes in, the contacts who have accounts come out. Under each operation stands whose bearer token it takes. The examples are about people of the demo.",
        license: { name: "MIT", identifier: "MIT" },
      },
      components: {
        securitySchemes: {
          user: { type: "http", scheme: "bearer", description: "A user's JWT." },
          service: {
            type: "http",
            scheme: "bearer",
            description:
              "The app's back end's: a JWT of the role service_role, or a service key. It belongs in no app and on no phone.",
          },
        },
      },
      tags: [
        { name: "sync", description: "Address books in, matches out." },
        {
          name: "changes",
          description: "Who has joined or left, and from which devices books come.",
        },
        { name: "contacts", description: "What a user reads and changes of their own." },
        { name: "consent", description: "Who finds the user who asks." },
        {
          name: "on behalf",
          description:
            "For the app's back end: all of the above, for the user that the path names and who is signed in there.",
        },
        { name: "directory", description: "For the app's back end: who verified which number." },
        { name: "operation", description: "For those who run it." },
      ],
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
    transform: ({ schema, url, route }) => ({
      url,
      schema: withUserIds(described(schema, route.config), users.kind),
    }),
    transformObject: (documentObject) =>
      "openapiObject" in documentObject
        ? inOrder(withOptionalBodies(documentObject.openapiObject))
        : {},
  });
  await app.register(apiPagePlugin);
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
});
