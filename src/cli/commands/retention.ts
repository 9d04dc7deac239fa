import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../terminal/text.ts";

interface Options {
  apply?: true;
}

type Retention = Awaited<ReturnType<ContactsWithAccounts["getRetention"]>>;

export const retentionCommand = defineCommand<Options>({
  usage: "retention",
  summary: "Show how long what is kept, and what would go now.",
  description:
    "With --apply it goes, in short transactions that wait for nobody; the service does it every hour. The figures are set by the service's environment, the library or SQL (set_retention).",
  examples: ["retention", "retention --apply"],
  configure: (command) => command.option("--apply", "removes it"),
  async run({ io, printer, withContactSync }, { apply }) {
    await withContactSync(async ({ contactSync }) => {
      const retention = await contactSync.getRetention();
      for (const line of linesOf(retention)) printer.line(line);
      if (!apply) return printer.json(retention);
      const applied = await contactSync.applyRetention({ signal: io.signal });
      printer.json({ ...retention, applied });
      printer.line(
        `Removed: ${counted(applied.contacts_removed, "contact")}, ` +
          `${counted(applied.forgotten_numbers_dropped, "forgotten number")}; ` +
          `${counted(applied.runs_folded, "sync")} folded into counts.`,
      );
    });
    return undefined;
  },
});

function linesOf({ expired, ...kept }: Retention): string[] {
  const months = (count: number) => (count === 0 ? "for good" : counted(count, "month"));
  return [
    `Unlinked contacts of silent owners: ${months(kept.silent_owner_months)}; ${counted(expired.unlinked_contacts, "contact")} of ${counted(expired.silent_owners, "owner")} would go`,
    `Forgotten numbers: ${months(kept.forgotten_number_months)}; ${counted(expired.forgotten_numbers, "number")} would go`,
    `Syncs: ${counted(kept.run_days, "day")}; ${counted(expired.runs, "sync")} would be folded into counts`,
    `Choices for removed contacts: ${counted(kept.choice_days, "day")}; ${counted(expired.choices, "choice")} would go`,
  ];
}
