import process from "node:process";
import { createContactSync } from "npm:contact-sync@0.1.0";
import { createHandler } from "npm:contact-sync@0.1.0/handler";

const url = process.env["SUPABASE_URL"] ?? "";
const contactSync = await createContactSync({
  // Few connections of each function, through the project's pooler.
  database: { connectionString: process.env["SUPABASE_DB_URL"] ?? "", max: 2 },
  key: process.env["CONTACT_SYNC_KEY"] ?? "",
});

globalThis.Deno.serve(
  createHandler(contactSync, {
    basePath: "/contact-sync", // the function's name
    tokens: { jwksUrl: `${url}/auth/v1/.well-known/jwks.json`, issuer: `${url}/auth/v1` },
  }),
);
