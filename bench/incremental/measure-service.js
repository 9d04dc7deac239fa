/**
 * @import { Answer, Sender } from "../http/load.js"
 * @import { Run } from "../lib/run.js"
 * @import { Kind } from "./measure-database.js"
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { load, withSender } from "../http/load.js";
import { fillDirectory } from "../lib/address-books.js";
import { required } from "../lib/required.js";
import { startServerProcess } from "../lib/server-process.js";
import { serviceEnvironment } from "../lib/service-environment.js";
import { median, sum } from "../lib/statistics.js";
import { rotated } from "../lib/turns.js";
import { BOOKS, CLIENTS, KINDS, LOADED_BOOK, SIZES } from "./cases.js";
import { dataOf, HttpDevice } from "./http-device.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const ASKED = /** @type {const} */ (["status", ...KINDS]);

/**
 * @typedef {Kind | "status"} Asked `status` is the cheapest route that knows its caller
 *
 * @typedef {object} ServiceSample one after the other, over one connection
 * @property {number} round
 * @property {number} contacts
 * @property {Asked} asked
 * @property {number} ms the median of the round's, of a session all its requests
 * @property {number} sentBytes of one sync, headers and all
 * @property {number} receivedBytes
 * @property {number} sentBodyBytes
 * @property {number} receivedBodyBytes
 *
 * @typedef {{ round: number, clients: number, asked: Asked, perSecond: number }} LoadSample
 */

/**
 * What a phone waits for, what travels, and how many the service answers at once.
 *
 * @param {Run} run
 * @returns {Promise<{ samples: ServiceSample[], loads: LoadSample[] }>}
 */
export async function measureService({ database, size, tell }) {
  const { rounds, devices: loaded, directorySize } = SIZES[size];
  tell(`Registering ${directorySize} numbers.`);
  await fillDirectory(database, directorySize);
  const secret = randomBytes(32).toString("hex");
  // One device syncs its whole book many times.
  const environment = {
    ...serviceEnvironment(database, secret),
    CONTACT_SYNC_NEW_NUMBER_BURST: "0",
  };
  const service = await startServerProcess([CLI, "serve"], environment);
  try {
    return await withSender(service.address, 1, async (send) => {
      tell("Filling the books of the service's part.");
      let owner = 0;
      const makeDevice = async (/** @type {number} */ contacts) => {
        owner += 1;
        const device = await HttpDevice.make({ owner, contacts, directorySize, secret });
        await device.fullAnswers(send);
        return device;
      };
      const alone = [];
      for (const contacts of BOOKS) alone.push({ contacts, device: await makeDevice(contacts) });
      const many = [];
      for (let place = 0; place < loaded; place += 1) many.push(await makeDevice(LOADED_BOOK));

      /** @type {ServiceSample[]} */
      const samples = [];
      /** @type {LoadSample[]} */
      const loads = [];
      // Round 0 warms up.
      for (let round = 0; round <= rounds; round += 1) {
        tell(`The service: ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}.`);
        for (const { contacts, device } of rotated(alone, round)) {
          for (const asked of rotated(ASKED, round)) {
            const sample = await askAlone(send, device, asked, SIZES[size]);
            if (round > 0) samples.push({ round, contacts, asked, ...sample });
          }
        }
        for (const clients of CLIENTS) {
          for (const asked of rotated(ASKED, round)) {
            const perSecond = await askTogether(service.address, many, asked, clients);
            if (round > 0) loads.push({ round, clients, asked, perSecond });
          }
        }
      }
      return { samples, loads };
    });
  } finally {
    await service.stop();
  }
}

/**
 * @param {Sender} send
 * @param {HttpDevice} device
 * @param {Asked} asked
 * @param {{ calls: number, fullCalls: number }} counts
 */
async function askAlone(send, device, asked, { calls, fullCalls }) {
  const times = [];
  /** @type {Answer[]} */
  let answers = [];
  for (let call = 0; call < (asked === "full" ? fullCalls : calls); call += 1) {
    if (asked === "full") {
      answers = await device.fullAnswers(send);
    } else {
      answers = [await send(device[asked]())];
      if (asked !== "status") device.took(required(answers[0], "answer"));
      if (asked === "changed") device.took(await send(device.trim()));
    }
    times.push(sum(answers.map(({ ms }) => ms)));
  }
  assertAnswer(required(answers.at(-1), "answer"), asked);
  return {
    ms: median(times),
    sentBytes: sum(answers.map(({ sentBytes }) => sentBytes)),
    receivedBytes: sum(answers.map(({ receivedBytes }) => receivedBytes)),
    sentBodyBytes: sum(answers.map(({ sentBodyBytes }) => sentBodyBytes)),
    receivedBodyBytes: sum(answers.map(({ body }) => body.length)),
  };
}

/**
 * A request of each device, at once as many as there are clients.
 *
 * @param {string} address
 * @param {readonly HttpDevice[]} devices
 * @param {Asked} asked
 * @param {number} clients
 */
async function askTogether(address, devices, asked, clients) {
  const requests = devices.map((device) => device[asked]());
  const { answers, seconds } = await load(address, requests, clients);
  answers.forEach((answer, place) => {
    assertAnswer(answer, asked);
    if (asked !== "status") required(devices[place], "device").took(answer);
  });
  return answers.length / seconds;
}

/**
 * @param {Answer} answer
 * @param {Asked} asked what did less is not measured
 */
function assertAnswer(answer, asked) {
  const data = dataOf(answer);
  const isRight = {
    status: () => data.sync_status === "completed",
    nothing: () => data.total_processed === 0 && data.changes.length === 0,
    changed: () => data.total_processed === 3 && data.contacts_removed <= 1,
    full: () => data.contacts_inserted === 0 && data.contacts_unchanged > 0,
  }[asked];
  if (!isRight()) throw new Error(`${asked} was answered with something else`);
}
