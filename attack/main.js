// Plays against a running service what was published, and prints what it learned.
//
//   npm run attack                   against a service of its own, on a database that it throws away:
//                                    some minutes
//   npm run attack -- --quick        the same on less
//   npm run attack -- timing …       some of the attacks: attack/attacks.js has their ids
//   npm run attack -- --json         prints the outcomes as JSON, and nothing else
//   npm run attack -- --keep before  writes them to docs/attacks/before.json (or after) and what
//                                    docs/security.md shows of them
//
// Against another service, INTO WHICH IT WRITES ACCOUNTS, PEOPLE AND ADDRESS BOOKS that stay there, so
// never against one that people use:
//
//   npm run attack -- --url URL --token-secret SECRET
//       --database URL               its database, for what is done with a stolen dump
//       --schema NAME                default public; CONTACT_SYNC_KEY in the environment is its key
//       --prefix +201012             what made-up numbers begin with, before six digits
//
// A service of its own has the configuration of the environment, if there is any: with
// CONTACT_SYNC_NEW_NUMBER_BURST=0 it shows what the budget is for.
//
// Exits with 2 when it was called in a way that can't work. What it finds is no failure of the run.
/** @import { Target } from "./lib/play.js" */
import { parseArgs } from "node:util";
import picocolors from "picocolors";
import { describeMachine } from "../bench/lib/machine.js";
import { ATTACKS } from "./attacks.js";
import { playAll } from "./play-all.js";
import { keep, resultOf, resultText } from "./report/results.js";
import { attackTable } from "./report/table.js";
import { withOwnService } from "./target/own-service.js";

// By way of "exit", where servers are stopped and folders removed.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const { values, attacks } = readArguments();
/** @type {import("./lib/play.js").Size} */
const size = values.quick ? "quick" : "full";
const tell = (/** @type {string} */ line) => {
  process.stderr.write(`${line}\n`);
};
const startedAt = performance.now();
const play = (/** @type {Target} */ target) => {
  const prefix = values.prefix;
  return playAll(target, { attacks, size, tell, ...(prefix && { prefix }) });
};
const played = await (values.url === undefined ? withOwnService(play) : play(givenTarget()));
const seconds = (performance.now() - startedAt) / 1_000;
const result = resultOf(played, { size, seconds, machine: describeMachine() });

if (values.json) console.log(resultText(result).trimEnd());
else {
  console.log(attackTable(played, process.stdout.isTTY ? picocolors.bold : undefined));
  tell(`\nIt took ${Math.round(seconds)} s.`);
}
if (values.keep !== undefined) tell(`Written: ${(await keep(values.keep, result)).join(", ")}.`);

/** @returns {Target} */
function givenTarget() {
  const { url = "", "token-secret": secret = "", database, schema } = values;
  tell(`Writing accounts, people and address books into ${new URL(url).origin}; they stay there.`);
  const key = process.env["CONTACT_SYNC_KEY"] || undefined;
  const stolen = database === undefined ? undefined : { connectionString: database, schema, key };
  return { address: url, secret, stolen };
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        keep: { type: "string" },
        url: { type: "string" },
        "token-secret": { type: "string" },
        database: { type: "string" },
        schema: { type: "string", default: "public" },
        prefix: { type: "string" },
      },
    });
    const ids = ATTACKS.map(({ id }) => id);
    const unknown = positionals.filter((word) => !ids.includes(word));
    if (unknown.length > 0) {
      throw new Error(`No attack ${unknown.join(", ")}; they are: ${ids.join(", ")}.`);
    }
    const isGiven = values.url !== undefined;
    if (isGiven && !/^https?:\/\//.test(values.url ?? "")) {
      throw new Error("--url takes an address that begins with http:// or https://.");
    }
    if (isGiven !== (values["token-secret"] !== undefined)) {
      throw new Error("--url and --token-secret go together.");
    }
    if (values.database !== undefined && !isGiven) {
      throw new Error("--database is the database of the service at --url.");
    }
    if (values.prefix !== undefined && !/^\+\d{4,9}$/.test(values.prefix)) {
      throw new Error("--prefix is the beginning of a number in E.164, such as +201012.");
    }
    if (values.keep !== undefined && !["before", "after"].includes(values.keep)) {
      throw new Error("--keep takes before or after.");
    }
    if (values.keep !== undefined && (positionals.length > 0 || values.quick)) {
      throw new Error("--keep takes all attacks, in their full size.");
    }
    const attacks =
      positionals.length === 0 ? ATTACKS : ATTACKS.filter(({ id }) => positionals.includes(id));
    return { values, attacks };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
