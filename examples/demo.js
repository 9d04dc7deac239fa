// The whole of it in one run: `npm run demo`.
//
// Builds what is to be built, starts the service on an embedded database in .contact-sync/demo with
// the people of examples/address-book and a month of invented history, and does what a phone does:
// a first sync, one of nothing, and somebody joins. On a terminal the service then goes on until
// Ctrl-C. It may be run again; each run begins with an empty book.
import { buildIfOld } from "./demo/build.js";
import { createTeller } from "./demo/teller.js";

// What takes time to load is loaded once there is something to be seen.
const teller = createTeller();
try {
  await buildIfOld(teller);
  const { runDemo } = await teller.during("Loading", () => import("./demo/run.js"));
  await runDemo(teller);
} catch (error) {
  const { isContactSyncError } = await import("@contact-sync/client");
  if (!isContactSyncError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
