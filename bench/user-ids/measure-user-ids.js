// What it costs to call users by texts, as ratios to UUIDs: the same syncs in two schemas of one
// database, by turns.
//
//   npm run build && node bench/user-ids/measure-user-ids.js [rounds]
//
// A process that has just begun has looked up no id yet; so each round opens the library anew, and
// tells a first sync of that process from one of a process that knows the ids.
import { randomUUID } from "node:crypto";
import { createContactSync } from "../../dist/index.js";
import { withDatabase, withSchema } from "../lib/database.js";
import { median } from "../lib/statistics.js";
import { rotated } from "../lib/turns.js";

const CONTACTS = 10_000;
const MATCHES = 2_000;
const ROUNDS = Number(process.argv[2] ?? 15);
/** @type {("uuid" | "text")[]} */
const KINDS = ["uuid", "text"];
const ID_OF = { uuid: () => randomUUID(), text: () => `auth0|${randomUUID().replaceAll("-", "")}` };

const numbers = Array.from({ length: CONTACTS }, (_, n) => `+20100${String(n).padStart(7, "0")}`);

await withDatabase((database) =>
  withSchema(database, "uuid", (uuid) =>
    withSchema(database, "text", (text) => measure({ uuid, text })),
  ),
);

/** @param {Record<"uuid" | "text", import("../lib/database.js").Database>} databases */
async function measure(databases) {
  const open = (/** @type {"uuid" | "text"} */ kind) => {
    const { connectionString: database, schema, key } = databases[kind];
    return createContactSync({ database, schema, key, userIds: kind });
  };
  for (const kind of KINDS) {
    const contactSync = await open(kind);
    const verified = numbers
      .slice(0, MATCHES)
      .map((phoneNumber) => ({ userId: ID_OF[kind](), phoneNumber }));
    await contactSync.linkMany(verified);
    await contactSync.close();
  }
  /** @type {Record<string, Record<"uuid" | "text", number[]>>} */
  const times = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of rotated(KINDS, round)) {
      const contactSync = await open(kind);
      await contactSync.getSyncStatus(ID_OF[kind]()); // the connection
      const timed = async (
        /** @type {string} */ name,
        /** @type {() => Promise<unknown>} */ work,
      ) => {
        const startedAt = performance.now();
        await work();
        times[name] ??= { uuid: [], text: [] };
        times[name][kind].push(performance.now() - startedAt);
      };
      const [owner, other] = [ID_OF[kind](), ID_OF[kind]()];
      const sync = (/** @type {string} */ of) => () =>
        contactSync.syncContacts(of, numbers, CONTACTS);
      await timed("first sync, process that has just begun", sync(owner));
      await timed("first sync", sync(other));
      await timed("unchanged", sync(other));
      await timed("list, 1,000 linked contacts", () =>
        contactSync.listContacts(other, { linked: true, limit: 1_000 }),
      );
      await timed("list, 100 contacts", () => contactSync.listContacts(other));
      await contactSync.deleteAllContacts(owner);
      await contactSync.deleteAllContacts(other);
      await contactSync.close();
    }
  }
  for (const [name, { uuid, text }] of Object.entries(times)) {
    const [one, two] = [median(uuid), median(text)];
    console.log(
      `${name}: uuid ${one.toFixed(1)} ms, text ${two.toFixed(1)} ms, ratio ${(two / one).toFixed(2)}`,
    );
  }
}
