// A bare Fastify route with the sync's schema: it reads and validates the body and does nothing with
// it. What it takes is what any REST service on this stack would take before it begins to work.
import fastify from "fastify";
import { SyncBody } from "../../dist/http/schemas/sync.js";

// The word is for the document alone, as in src/http/plugins/validation.ts.
const app = fastify({ ajv: { customOptions: { keywords: ["x-examples"] } } });
app.post("/api/v1/contacts/sync", { schema: { body: SyncBody } }, async () => ({ success: true }));
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.stderr.write(`Listening on ${address}\n`);
process.once("SIGTERM", () => app.close());
