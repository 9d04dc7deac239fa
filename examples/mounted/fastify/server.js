import { createContactSync } from "contact-sync";
import { contactSyncPlugin } from "contact-sync/handler";
import fastify from "fastify";

const contactSync = await createContactSync({
  database: process.env["DATABASE_URL"] ?? "",
  key: process.env["CONTACT_SYNC_KEY"] ?? "",
});
await contactSync.startUpkeep();

const app = fastify();
app.get("/", async () => "the app's own");
await app.register(contactSyncPlugin, {
  prefix: "/contact-sync",
  contactSync,
  authenticate: ({ headers }) => {
    const userId = headers["x-user"]; // your session instead
    return typeof userId === "string" ? { userId } : null;
  },
});

const address = await app.listen({ port: Number(process.env["PORT"] ?? 3000) });
console.log(`Listening on ${address}`);
process.once("SIGTERM", async () => {
  await app.close();
  await contactSync.close();
});
