// `contact-sync/http`: the REST service in a process of your own. `contact-sync serve` is the same.

export type { Environment } from "../process/configuration.ts";
export { type LogDestination, type ServeOptions, type Service, serve } from "./serve.ts";
export { startWorker, type Worker } from "./worker.ts";
