import process from "node:process";
import { createContactSync } from "contact-sync";
import { createHandler } from "contact-sync/handler";

const contactSync = await createContactSync({
  database: process.env["DATABASE_URL"] ?? "",
  key: process.env["CONTACT_SYNC_KEY"] ?? "",
});
await contactSync.startUpkeep();

const handler = createHandler(contactSync, {
  basePath: "/contact-sync",
  authenticate: (request) => {
    const userId = request.headers.get("x-user"); // your session instead
    return userId === null ? null : { userId };
  },
});

const server = globalThis.Deno.serve(
  {
    port: Number(process.env["PORT"] ?? 3000),
    onListen: ({ port }) => console.log(`Listening on http://localhost:${port}`),
  },
  (request) =>
    new URL(request.url).pathname === "/" ? new Response("the app's own") : handler(request),
);
process.once("SIGTERM", async () => {
  await server.shutdown();
  await contactSync.close();
});
