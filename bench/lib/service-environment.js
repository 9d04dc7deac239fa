/** @import { Database } from "./database.js" */

/**
 * The service as in production, but for its limits: one address sends everything here.
 *
 * @param {Database} database
 * @param {string} secret of its tokens
 */
export function serviceEnvironment({ connectionString, schema, key }, secret) {
  return {
    DATABASE_URL: connectionString,
    CONTACT_SYNC_KEY: key,
    CONTACT_SYNC_SCHEMA: schema,
    CONTACT_SYNC_JWT_SECRET: secret,
    CONTACT_SYNC_RATE_LIMIT_PER_ADDRESS: "0",
    CONTACT_SYNC_RATE_LIMIT_PER_OWNER: "0",
    HOST: "127.0.0.1",
    PORT: "0",
  };
}
