// `node examples/browser/start.js`, after `npm run build`: the page, and the service on the embedded
// database in .contact-sync/browser-example.
import { createInterface } from "node:readline";
import { startExample } from "./example.js";

const example = await startExample({
  environment: { CONTACT_SYNC_DATA_DIR: ".contact-sync/browser-example", PORT: "0" },
  announce: console.log,
  pagePort: 5173,
});
console.log(`\nThe page: ${example.page}`);
console.log("Open the file examples/address-book/contacts.vcf in it.");
console.log("Enter lets one more of these contacts join; Ctrl-C ends.");

const lines = createInterface({ input: process.stdin });
lines.on("line", async () => {
  console.log((await example.join()) ? "Somebody has joined." : "All of them have joined.");
});
const stop = () => {
  lines.close();
  example.stop();
};
process.once("SIGINT", stop).once("SIGTERM", stop);
