/**
 * @import { Measured, Run } from "../lib/run.js"
 * @import { Case } from "./cases.js"
 * @import { ServiceRequest } from "./load.js"
 * @import { Loaded, Round, Synced } from "./report.js"
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { fillDirectory } from "../lib/address-books.js";
import { startServerProcess } from "../lib/server-process.js";
import { serviceEnvironment } from "../lib/service-environment.js";
import { median, sum } from "../lib/statistics.js";
import { rotated } from "../lib/turns.js";
import { CASES, SIZES } from "./cases.js";
import { load } from "./load.js";
import { httpRatios, httpTable, summarize } from "./report.js";
import { syncRequests } from "./sync-requests.js";

const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const PARSE_ONLY = fileURLToPath(new URL("parse-only-server.js", import.meta.url));

/**
 * Measures syncs through HTTP: the first one of an owner and the same again, beside a route that
 * only parses the body and beside the database's own part.
 *
 * Every round measures every case, one after another, so that what else the machine does meets all
 * of them alike; ratios are taken within a round.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export async function measureHttp({ database, size, tell }) {
  const { rounds, requests, directorySize } = SIZES[size];
  tell(`Registering ${directorySize} numbers.`);
  await fillDirectory(database, directorySize);
  const secret = randomBytes(32).toString("hex");
  const service = await startServerProcess([CLI, "serve"], serviceEnvironment(database, secret));
  const parseOnly = await startServerProcess([PARSE_ONLY]);
  try {
    const measured = CASES.map((of) => ({ of, taken: /** @type {Round[]} */ ([]) }));
    let firstOwner = 1;
    // Round 0 warms up: code is compiled, plans are made, tables are no longer empty.
    for (let round = 0; round <= rounds; round += 1) {
      tell(round === 0 ? "Warming up." : `Round ${round} of ${rounds}.`);
      for (const { of, taken } of rotated(measured, round)) {
        const count = requests[of.clients];
        const prepared = await syncRequests(of, { count, firstOwner, directorySize, secret });
        firstOwner += count;
        const figures = await takeTurn(of, prepared, { service, parseOnly, round });
        if (round > 0) taken.push(figures);
      }
    }
    const cases = measured.map(({ of, taken }) => summarize(of, taken));
    return { cases, ratios: httpRatios(cases), table: httpTable(cases) };
  } finally {
    await service.stop();
    await parseOnly.stop();
  }
}

/**
 * A case in a round. Who goes first changes, so that neither has the quieter half of it.
 *
 * @param {Case} of
 * @param {readonly ServiceRequest[]} prepared
 * @param {Record<"service" | "parseOnly", { address: string }> & { round: number }} turn
 * @returns {Promise<Round>}
 */
async function takeTurn({ contacts, clients }, prepared, { service, parseOnly, round }) {
  // More of them: what takes so little is measured worst.
  const toParse = [...prepared, ...prepared, ...prepared];
  const parse = async () => figuresOf(await load(parseOnly.address, toParse, clients));
  const before = round % 2 === 0 ? await parse() : undefined;
  const first = syncFigures(await load(service.address, prepared, clients), {
    contacts_inserted: contacts,
  });
  const repeated = syncFigures(await load(service.address, prepared, clients), {
    contacts_unchanged: contacts,
  });
  return { first, repeated, parseOnly: before ?? (await parse()) };
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @returns {Loaded}
 */
function figuresOf({ answers, seconds }) {
  const latencies = answers.map(({ ms }) => ms);
  return { latencies, p50: median(latencies), perSecond: answers.length / seconds };
}

/**
 * @param {Awaited<ReturnType<typeof load>>} loaded
 * @param {Record<string, number>} expected counts of every answer: what did less is not measured
 * @returns {Synced}
 */
function syncFigures(loaded, expected) {
  const databaseMs = [];
  const insideMs = [];
  for (const { timing, body } of loaded.answers) {
    const { data } = JSON.parse(body.toString());
    for (const [count, value] of Object.entries(expected)) {
      if (data[count] !== value) throw new Error(`${count} is ${data[count]}, not ${value}`);
    }
    databaseMs.push(Number(/database;dur=([\d.]+)/.exec(timing)?.[1]));
    insideMs.push(data.processing_time_ms);
  }
  const figures = figuresOf(loaded);
  return {
    ...figures,
    databaseP50: median(databaseMs),
    insideP50: median(insideMs),
    databaseShare: sum(databaseMs) / sum(figures.latencies),
  };
}
