import type { BulkInsertContact, BulkInsertResult } from "@contact-sync/client";
import type { SqlFunctions } from "../../database/sql-functions.ts";
import type { Engine } from "../../engine/engine.ts";
import { writeCounts } from "../sync/sync-result.ts";

/** One call of bulk_insert_contacts(), in the transaction of `sql` if it has one. */
export async function insertItems(
  { cipher }: Engine,
  sql: SqlFunctions,
  items: readonly BulkInsertContact[],
  batchSize: number,
): Promise<BulkInsertResult> {
  const phoneKeys = cipher.encrypt(items.map((item) => item.phone_hash));
  const sealed = items.map((item, index) => ({ ...item, phone_hash: phoneKeys[index] }));
  const row = await sql.call<BulkInsertResult>("bulk_insert_contacts", [
    JSON.stringify(sealed),
    batchSize,
  ]);
  return { ...writeCounts(row), duplicates: row.duplicates };
}
