import { withPool } from "../lib/connection.js";
import { SIZES } from "./cases.js";
import { measureEventLoop } from "./event-loop.js";
import { FUNCTION_VARIANTS } from "./function-variants.js";
import { measureHotUpdates } from "./hot-updates.js";
import { variantsTable } from "./report.js";
import { measureRounds } from "./rounds.js";
import { bytesARow, withFilledSchemas } from "./schemas.js";
import { sessionVariants } from "./session-variants.js";
import { measureSkew } from "./skewed-number.js";
import { summarizeSyncs } from "./summary.js";
import { TABLE_VARIANTS } from "./table-variants.js";
import { syncBy } from "./variant.js";
import { asLibrary, WIRE_VARIANTS } from "./wire-variants.js";

/** Tables as migrated, beside those of table variants. */
const BASELINE = "baseline";
/** The same, where all other variants are measured: the tables, pages and plans are no difference. */
const FUNCTIONS = "functions";

/**
 * Measures what was tried to make syncs faster, each attempt beside the engine as it stands.
 *
 * @param {import("../lib/run.js").Run} run
 */
export function measureVariants({ database, size, tell }) {
  const { contacts, directory, rounds } = SIZES[size];
  return withPool(database.connectionString, async (pool) => {
    const schemas = [{ id: BASELINE }, ...TABLE_VARIANTS, { id: FUNCTIONS }];
    const how = { pool, contacts, directory, tell };
    return withFilledSchemas(database, schemas, how, async (filled) => {
      const bytes = await bytesOf(filled, { contacts, directory });
      const pairs = await openPairs(filled, { ...database, directory });
      const samples = await measureRounds(pairs, { rounds, directory, tell });
      tell("Linking, and adding a number that many have.");
      const extras = await measureExtras(filled, SIZES[size]);
      tell("Hashing in a worker thread.");
      const eventLoop = await measureEventLoop();

      const cases = pairs.map(({ variant: { id, title, change }, control }) => ({
        id,
        title,
        change,
        syncs: summarizeSyncs(id, control, samples),
        bytes: bytes.get(id),
        ...extras[id],
      }));
      return {
        table: variantsTable(cases, eventLoop, size),
        cases: [...cases, ...eventLoop.map((of) => ({ id: "worker-thread", ...of }))],
        ratios: [], // nothing of it is a promise
      };
    });
  });
}

/** @returns {Promise<import("./rounds.js").Pair[]>} */
async function openPairs(filled, { connectionString, directory }) {
  const baselineTables = filled.get(BASELINE);
  const pairs = TABLE_VARIANTS.map((variant) => {
    const environment = filled.get(variant.id);
    return {
      variant,
      control: TABLE_VARIANTS[0].id,
      of: {
        baseline: { side: syncBy(baselineTables), environment: baselineTables },
        variant: { side: syncBy(environment), environment },
      },
    };
  });
  const environment = filled.get(FUNCTIONS);
  const groups = [
    [FUNCTION_VARIANTS, syncBy(environment)],
    [sessionVariants({ connectionString, directory }), syncBy(environment)],
    [WIRE_VARIANTS, asLibrary(environment)],
  ];
  for (const [variants, baseline] of groups) {
    for (const variant of variants) {
      const side = await variant.open(environment);
      pairs.push({
        variant,
        control: FUNCTION_VARIANTS[0].id,
        of: { baseline: { side: baseline, environment }, variant: { side, environment } },
      });
    }
  }
  return pairs;
}

/** By variant, beside the tables as migrated. */
async function bytesOf(filled, rows) {
  const baseline = await bytesARow(filled.get(BASELINE), rows);
  const bytes = new Map();
  for (const { id } of TABLE_VARIANTS) {
    bytes.set(id, { variant: await bytesARow(filled.get(id), rows), baseline });
  }
  return bytes;
}

/** By variant. They change tables for good, and so come last. */
async function measureExtras(filled, { skewedBooks, linkedBooks }) {
  const beside = (id) => ({ baseline: filled.get(BASELINE), variant: filled.get(id) });
  return {
    "hash-index": { skew: await measureSkew(beside("hash-index"), skewedBooks) },
    "fillfactor-90": { hot_updates: await measureHotUpdates(beside("fillfactor-90"), linkedBooks) },
  };
}
