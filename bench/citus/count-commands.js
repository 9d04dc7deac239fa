/** @import { Database } from "../lib/database.js" */
import { createContactSync } from "../../dist/index.js";
import { otherKey, phoneHashesOf, registeredUser } from "../lib/phone-keys.js";
import { BOOK } from "../link/cases.js";
import { KINDS, LOADS, SUBJECTS } from "./cases.js";
import { inBlocks, withRemoteCommands } from "./clients.js";
import { Device } from "./device.js";

/**
 * How many statements the coordinator sends to the workers for a call, when nobody else calls.
 *
 * @param {Database} cluster
 * @param {{ owner: () => number, directory: number, owners: number }} filled
 */
export async function countRemoteCommands(cluster, { owner, directory, owners }) {
  /** @type {{ what: "commands", subject: string, call: string, contacts: number, commands: number }[]} */
  const cases = [];
  const sizes = [...new Set(LOADS.map(({ contacts }) => contacts))];
  await withRemoteCommands(cluster, async (pool, count) => {
    const client = await pool.connect();
    try {
      for (const { name, inBlock } of SUBJECTS.filter(({ isSpread }) => isSpread)) {
        for (const contacts of sizes) {
          const device = () =>
            new Device(inBlock ? inBlocks(client) : client, cluster.schema, {
              owner: owner(),
              contacts,
              directorySize: directory,
            });
          // Before the first one some settings are sent.
          for (const isMeasured of [false, true]) {
            const syncing = device();
            for (const kind of KINDS) {
              count();
              await syncing[kind]();
              const commands = count();
              if (isMeasured) {
                cases.push({ what: "commands", subject: name, call: kind, contacts, commands });
              }
            }
          }
        }
      }
    } finally {
      client.release();
    }
    const { schema, key } = cluster;
    const contactSync = await createContactSync({ database: pool, schema, key });
    const [hash = ""] = phoneHashesOf(key, [otherKey(owners - 1, BOOK - 1)]);
    for (const call of ["link", "unlink", "link", "unlink"]) {
      count();
      if (call === "link") await contactSync.link(registeredUser("_citus"), hash);
      else await contactSync.unlink([hash]);
      const commands = count();
      const before = cases.find((of) => of.call === call);
      if (before === undefined) {
        cases.push({ what: "commands", subject: "cluster", call, contacts: 1, commands });
      } else {
        before.commands = commands;
      }
    }
  });
  return cases;
}
