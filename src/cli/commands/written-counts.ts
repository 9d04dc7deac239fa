import type { WriteCounts } from "@contact-sync/client";
import { counted, grouped } from "../terminal/text.ts";

/** What a write did, in one line. */
export function writtenCounts(
  result: WriteCounts & { readonly contacts_removed?: number },
): string {
  const parts = [
    `${grouped(result.contacts_inserted)} inserted`,
    `${grouped(result.contacts_updated)} updated`,
    `${grouped(result.contacts_unchanged)} unchanged`,
  ];
  if (result.contacts_removed) parts.push(`${grouped(result.contacts_removed)} removed`);
  if (result.duplicates > 0) parts.push(counted(result.duplicates, "duplicate"));
  return `${parts.join(", ")}, in ${grouped(result.processing_time_ms)} ms`;
}
