import { createContactSync } from "contact-sync";
import { createListener } from "contact-sync/handler";
import express from "express";

const contactSync = await createContactSync({
  database: process.env["DATABASE_URL"] ?? "",
  key: process.env["CONTACT_SYNC_KEY"] ?? "",
});
await contactSync.startUpkeep();

const app = express();
// Before whatever reads bodies.
app.use(
  "/contact-sync",
  createListener(contactSync, {
    authenticate: (request) => {
      const userId = request.headers["x-user"]; // your session instead
      return typeof userId === "string" ? { userId } : null;
    },
  }),
);
app.use(express.json());
app.get("/", (_request, response) => {
  response.send("the app's own");
});

const server = app.listen(Number(process.env["PORT"] ?? 3000), () => {
  console.log(`Listening on http://localhost:${server.address().port}`);
});
process.once("SIGTERM", () => {
  server.close();
  contactSync.close();
});
