// Writes into docs/security.md again what the kept runs found, for changed words. It plays nothing.
//
//   node attack/renew-page.js
import { renewPage } from "./report/results.js";

await renewPage();
