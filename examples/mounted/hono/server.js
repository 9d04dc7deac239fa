import { serve } from "@hono/node-server";
import { createContactSync } from "contact-sync";
import { createHandler } from "contact-sync/handler";
import { Hono } from "hono";

const contactSync = await createContactSync({
  database: process.env["DATABASE_URL"] ?? "",
  key: process.env["CONTACT_SYNC_KEY"] ?? "",
});
await contactSync.startUpkeep();

const app = new Hono();
app.get("/", (c) => c.text("the app's own"));
app.mount(
  "/contact-sync",
  createHandler(contactSync, {
    authenticate: (request) => {
      const userId = request.headers.get("x-user"); // your session instead
      return userId === null ? null : { userId };
    },
  }),
);

const server = serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) }, (info) =>
  console.log(`Listening on http://localhost:${info.port}`),
);
process.once("SIGTERM", () => {
  server.close();
  contactSync.close();
});
