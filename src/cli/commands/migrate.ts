import { ofSeverity } from "../../database/check/fault.ts";
import { migrate } from "../../database/migrations/migrate.ts";
import { exportForSupabase } from "../../database/migrations/supabase-export.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printFaults } from "../fault-lines.ts";
import { counted } from "../terminal/text.ts";
import { migrateStatusCommand } from "./migrate-status.ts";

interface Options {
  supabase?: string;
}

export const migrateCommand = defineCommand<Options>({
  usage: "migrate",
  summary: "Bring the database to the current migrations.",
  description:
    "Safe to repeat, also from several machines at once; with nothing to apply it still sets rights to what they should be, as after a restore. Over a foreign table that bears one of our names, and in a schema where others may create objects, it refuses before anything is changed. Exits with 3 where the database is unsafe afterwards.",
  examples: ["migrate", "migrate status", "migrate --supabase supabase/migrations"],
  configure: (command) =>
    command.option("--supabase <dir>", "write them as files for the Supabase CLI instead"),
  subcommands: [migrateStatusCommand],
  async run({ configuration, printer, withDatabase }, { supabase }) {
    const { schema } = configuration;
    if (supabase !== undefined) {
      const { files } = await exportForSupabase(supabase, { schema });
      printer.json({ directory: supabase, files });
      printer.line(`Wrote ${counted(files.length, "migration")} to ${supabase}:`);
      for (const file of files) printer.line(`  ${file}`);
      return undefined;
    }
    const { applied, faults } = await withDatabase(({ connectionString }) =>
      migrate({ connectionString, schema, log: (message) => printer.line(message) }),
    );
    const unsafe = ofSeverity(faults, "unsafe");
    printer.json({ schema, applied, faults });
    printFaults(printer, unsafe);
    printer.line(
      applied.length === 0
        ? `Schema "${schema}" is current; there was nothing to do.`
        : `Schema "${schema}" is current.`,
    );
    if (unsafe.length === 0) return undefined;
    printer.line("It is not safe: contact-sync doctor says more.");
    return EXIT.incomplete;
  },
});
