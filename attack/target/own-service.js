/** @import { Target } from "../lib/play.js" */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startServerProcess } from "../../bench/lib/server-process.js";
import { generateKey, migrate } from "../../dist/index.js";
import { withOwnDatabase } from "./own-database.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SCHEMA = "public";

/**
 * Gives the work a service as anybody gets who configures nothing, on a database that is thrown away.
 * It believes the addresses that requests say they come from, as behind a proxy: an attacker has many.
 *
 * @template Result
 * @param {(target: Target) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export function withOwnService(work) {
  return withOwnDatabase(async (connectionString) => {
    const key = generateKey();
    const secret = randomBytes(32).toString("hex");
    await migrate({ connectionString, schema: SCHEMA });
    const service = await startServerProcess([CLI, "serve"], {
      DATABASE_URL: connectionString,
      CONTACT_SYNC_KEY: key,
      CONTACT_SYNC_SCHEMA: SCHEMA,
      CONTACT_SYNC_JWT_SECRET: secret,
      CONTACT_SYNC_TRUST_PROXY: "127.0.0.1",
      HOST: "127.0.0.1",
      PORT: "0",
    });
    try {
      const stolen = { connectionString, schema: SCHEMA, key };
      return await work({ address: service.address, secret, stolen });
    } finally {
      await service.stop();
    }
  });
}
