import type { OperationOverview } from "@contact-sync/client";
import type { Engine } from "../engine/engine.ts";
import { moment } from "./moment.ts";

/** Today, and how things stand now; which version runs is for who serves it to say. */
export async function readOverview({ sql }: Engine): Promise<Omit<OperationOverview, "version">> {
  const { overview } = await sql.call<{ overview: Omit<OperationOverview, "version"> }>(
    "contact_sync_overview",
    [],
    "contact_sync_overview as overview",
  );
  return { ...overview, at: moment(overview.at) };
}
