import { afterAll, beforeAll, describe } from "vitest";
import { transport } from "../support.ts";
import type { Mounting } from "./mounted-service.ts";

// Suites of the service by itself, whose requests go to one that is mounted in an app, below a path.
// What a suite does is written where it is; each is loaded once more for each way of mounting.
const SUITES: Record<Mounting, readonly string[]> = {
  handler: ["contract", "compressed-bodies", "headers", "idempotency"],
  listener: ["compressed-bodies", "idempotency"],
  plugin: ["compressed-bodies", "idempotency"],
};

for (const [through, suites] of Object.entries(SUITES)) {
  describe(`through a ${through}`, async () => {
    beforeAll(() => {
      transport.through = through as Mounting;
    });
    afterAll(() => {
      transport.through = "service";
    });
    for (const suite of suites) {
      await import(
        /* @vite-ignore */ new URL(`../${suite}.test.ts?${through}`, import.meta.url).href
      );
    }
  });
}
