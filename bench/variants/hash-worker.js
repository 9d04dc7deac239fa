// What event-loop.js runs in a worker thread.
import { parentPort } from "node:worker_threads";
import { hashNumbers } from "../../dist/contacts/hash-entries.js";

const hashInWorker = hashNumbers(undefined);

parentPort.on("message", (list) => parentPort.postMessage(hashInWorker(list, 0)));
