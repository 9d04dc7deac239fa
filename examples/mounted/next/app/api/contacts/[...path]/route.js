import { createHandler } from "contact-sync/handler";
import { contactSync } from "../../../../lib/contact-sync.js";

let handler;

/** Made by the first request: a build has no database. */
async function handle(request) {
  handler ??= createHandler(await contactSync(), {
    basePath: "/api/contacts",
    authenticate: ({ headers }) => {
      const userId = headers.get("x-user"); // your session instead
      return userId === null ? null : { userId };
    },
  });
  return handler(request);
}

export const dynamic = "force-dynamic";
export { handle as DELETE, handle as GET, handle as POST, handle as PUT };
