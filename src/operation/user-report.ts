import type { UserReport } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { toCode } from "./failures.ts";
import { moment, momentOrNull } from "./moment.ts";

/** One user, as the service sees them; of somebody who is not known, zeros. */
export async function reportUser({ sql, users }: Engine, userId: string): Promise<UserReport> {
  const user = users.of(userId, "userId");
  const { report } = await sql.call<{ report: UserReport }>(
    "contact_sync_user_report",
    [user.uuid],
    "contact_sync_user_report as report",
  );
  const { status } = report;
  return {
    ...report,
    user_id: user.id,
    status: status && { ...status, last_sync_at: momentOrNull(status.last_sync_at) },
    devices: report.devices.map((device) => ({
      ...device,
      created_at: moment(device.created_at),
      last_seen_at: moment(device.last_seen_at),
    })),
    held_at: momentOrNull(report.held_at),
    runs: report.runs.map((run) => ({
      ...run,
      started_at: moment(run.started_at),
      error_code: run.error_code && toCode(run.error_code),
    })),
  };
}
