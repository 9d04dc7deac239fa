import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { readOrCreateJwtSecret } from "../../dist/embedded/data-folder-jwt-secret.js";
import { serve } from "../../dist/http/serve.js";
import { readConfiguration } from "../../dist/process/configuration.js";
import { openDatabase, prepareDatabase } from "../../dist/process/open-database.js";
import { signToken } from "../../dist/security/sign-token.js";
import { createBackEnd } from "./back-end.js";
import { openDoor } from "./door.js";
import { inventHistory } from "./history.js";
import { readPeople } from "./people.js";

/** @import { Teller } from "./teller.js" */

const PORT = 3000;
const TOKEN_SECONDS = 3600;
/** Amelia Marsh, who joins while the demo runs. */
const JOINER = "5a33e5e6-e00e-4777-ab57-d64aa5501002";

/**
 * Starts the service on an embedded database, with a token and a service key for it.
 *
 * @param {Teller} teller
 * @param {{ dataDir: string, closers: (() => Promise<void>)[] }} options `closers` is given what
 *   closes whatever is open, to be called from the last to the first, also where the start failed
 */
export async function startDemo(teller, { dataDir, closers }) {
  const opened = await teller.during("Starting PostgreSQL", () =>
    openDatabase(readConfiguration({ CONTACT_SYNC_DATA_DIR: dataDir })),
  );
  closers.push(opened.close);
  const secret = await readOrCreateJwtSecret(dataDir);
  const serviceKey = `demo-${createHash("sha256").update(`demo ${secret}`).digest("hex").slice(0, 27)}`;
  const people = await readPeople();
  const [{ userId }] = people;
  const getToken = () =>
    signToken(secret, { role: "authenticated", userId, expiresInSeconds: TOKEN_SECONDS });
  let url = "";
  const door = await openDoor({
    port: (await isFree(PORT + 1)) ? PORT + 1 : 0,
    target: async () => `${url}/docs#user=${await getToken()}&service=${serviceKey}`,
  });
  closers.push(door.close);
  const service = await teller.during("Starting the service", async () => {
    const key = await prepareDatabase(opened, "public");
    return serve({
      environment: {
        DATABASE_URL: opened.connectionString,
        CONTACT_SYNC_KEY: key,
        CONTACT_SYNC_JWT_SECRET: secret,
        CONTACT_SYNC_SERVICE_KEYS: serviceKey,
        CONTACT_SYNC_WEBHOOK_URL: `${door.address}/webhook`,
        CONTACT_SYNC_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
        CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE: "true",
        HOST: "127.0.0.1",
        PORT: (await isFree(PORT)) ? String(PORT) : "0",
        LOG_LEVEL: "error",
      },
      announce: () => {},
      log: process.stderr,
    });
  });
  closers.push(() => service.stop());
  url = service.address;
  const backEnd = createBackEnd(url, serviceKey);
  const later = people.filter((person) => person.userId === JOINER);
  const now = people.filter((person) => person.userId !== JOINER);
  return {
    url,
    door: door.address,
    serviceKey,
    getToken,
    backEnd,
    /** Links those who verified their number, but for one. Answers how many they are. */
    async link() {
      return teller.during("Linking people who verified their number", async (tell) => {
        for (const person of later) await backEnd.unlink(person);
        for (const [index, person] of now.entries()) {
          tell(`${index} of ${now.length}`);
          await backEnd.link(person);
        }
        return now.length;
      });
    },
    invent: () =>
      teller.during("Inventing a month of history", () => inventHistory(opened.connectionString)),
    /** The one verifies their number now. */
    async join() {
      for (const person of later) await backEnd.link({ ...person, verifiedAt: undefined });
    },
  };
}

/**
 * Another program may have the usual port.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
