import { Counter, Gauge, type Registry } from "prom-client";
import type { PublicKeys } from "../security/public-keys.ts";

/** What `/metrics` shows of the public keys: how old they are, and how fetching them went. */
export function showPublicKeys(registry: Registry, keys: PublicKeys): void {
  const registers = [registry];
  new Gauge({
    name: "contact_sync_jwks_age_seconds",
    help: "Since the public keys of tokens were last fetched; NaN before the first time.",
    registers,
    collect() {
      this.set(keys.state().ageSeconds);
    },
  });
  new Counter({
    name: "contact_sync_jwks_fetches_total",
    help: "Fetches of the public keys of tokens, by outcome.",
    labelNames: ["outcome"],
    registers,
    collect() {
      const { fetched, failed } = keys.state();
      this.reset();
      this.inc({ outcome: "fetched" }, fetched);
      this.inc({ outcome: "failed" }, failed);
    },
  });
}
