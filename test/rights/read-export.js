// Reads an export to its end and tells the most memory that was in use after a piece:
// node --expose-gc read-export.js CONNECTION KEY USER
import { createContactSync } from "../../dist/index.js";

const [database = "", key = "", user = ""] = process.argv.slice(2);
const contactSync = await createContactSync({ database, key });
let [contacts, bytes, heap] = [0, 0, 0];
for await (const piece of await contactSync.exportUser(user)) {
  bytes += piece.length;
  contacts += piece.split('"held_by":').length - 1;
  globalThis.gc?.();
  heap = Math.max(heap, process.memoryUsage().heapUsed);
}
await contactSync.close();
console.log(JSON.stringify({ contacts, bytes, heap }));
