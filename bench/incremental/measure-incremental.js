/** @import { Measured, Run } from "../lib/run.js" */
import { withPool } from "../lib/connection.js";
import { measureDatabase } from "./measure-database.js";
import { measureLinks } from "./measure-links.js";
import { measureService } from "./measure-service.js";
import { measureSize } from "./measure-size.js";
import { incrementalRatios, incrementalTable, summarize } from "./report.js";

/**
 * Measures what a device's syncs cost: one that changes nothing, one that changes a handful, and a
 * full one, by the size of the book; what others notice while a number is linked; and what a
 * contact takes on disk.
 *
 * @param {Run} run
 * @returns {Promise<Measured>}
 */
export async function measureIncremental(run) {
  const service = await measureService(run);
  const { connectionString } = run.database;
  const database = await withPool(connectionString, (pool) => measureDatabase(pool, run));
  const sizes = await measureSize(run);
  const links = await measureLinks(run);
  const summary = summarize({ ...service, database, sizes, links });
  return {
    cases: [summary],
    ratios: incrementalRatios(summary),
    table: incrementalTable(summary),
  };
}
