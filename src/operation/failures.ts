import {
  DEFAULT_STATISTICS_DAYS,
  type ErrorCode,
  MAX_STATISTICS_DAYS,
  type OperationFailures,
} from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { Engine } from "../engine/engine.ts";
import { assertWithin } from "../input/arguments.ts";

interface FailureRow {
  readonly error_code: string;
  /** bigint comes from the driver as text. */
  readonly syncs: string | number;
  readonly owners: string | number;
  readonly last_at: Date;
}

/** Failed syncs of the last days by what was wrong, the most frequent first, with what to do. */
export async function readFailures(
  { sql }: Engine,
  days = DEFAULT_STATISTICS_DAYS,
): Promise<OperationFailures> {
  const rows = await sql.callForRows<FailureRow>("list_sync_failures", [
    assertWithin(days, 1, MAX_STATISTICS_DAYS, "days"),
  ]);
  return {
    failures: rows.map(({ error_code, syncs, owners, last_at }) => {
      const code = toCode(error_code);
      const { title, cure } = ERRORS[code];
      return {
        code,
        syncs: Number(syncs),
        owners: Number(owners),
        last_at: last_at.toISOString(),
        title,
        cure,
      };
    }),
  };
}

/** One of ours; what another version has written, and this one does not know, is INTERNAL. */
export function toCode(code: string): ErrorCode {
  return Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "INTERNAL";
}
