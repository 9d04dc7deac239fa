import { ofSeverity } from "../../database/check/fault.ts";
import { migrate } from "../../database/migrations/migrate.ts";
import { exportForSupabase } from "../../database/migrations/supabase-export.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { printFaults } from "../fault-lines.ts";
import { counted } from "../terminal/text.ts";
import { migrateStatusCommand } from "./migrate-status.ts";

interface Options {
  citus?: true;
  supabase?: string;
}

export const migrateCommand = defineCommand<Options>({
  usage: "migrate",
  summary: "Bring the database to the current migrations.",
  description:
    "Safe to repeat, also from several machines at once; with nothing to apply it still sets rights to what they should be, as after a restore. Over a foreign table that bears one of our names, and in a schema where others may create objects, it refuses before anything is changed. Exits with 3 where the database is unsafe afterwards. With --citus it also spreads the tables over the nodes of the Citus cluster whose coordinator it is; once they are, every migrate does that for what it adds. With --supabase it writes what the folder lacks, dated behind what it has, and leaves the rest alone; it exits with 3 where a file there is another text.",
  examples: [
    "migrate",
    "migrate --citus",
    "migrate status",
    "migrate --supabase supabase/migrations",
  ],
  configure: (command) =>
    command
      .option("--citus", "also spread the tables over the nodes of the Citus cluster")
      .option("--supabase <dir>", "write those it lacks as files for the Supabase CLI instead"),
  subcommands: [migrateStatusCommand],
  async run({ configuration, printer, withDatabase }, { citus = false, supabase }) {
    const { schema } = configuration;
    if (supabase !== undefined) {
      const { files, kept, differing } = await exportForSupabase(supabase, { schema });
      printer.json({ folder: supabase, files, kept, differing });
      printer.line(`Wrote ${counted(files.length, "migration")} to ${supabase}.`);
      for (const file of files) printer.line(`  ${file}`);
      if (kept.length > 0)
        printer.line(`Left alone what was there: ${counted(kept.length, "file")}.`);
      if (differing.length === 0) return undefined;
      printer.line("Not this version's text, and left alone as well:");
      for (const file of differing) printer.line(printer.colors.yellow(`  ${file}`));
      printer.line(
        "Written for another schema, before its release, or changed since. If no database has it yet, delete it and run this again.",
      );
      return EXIT.incomplete;
    }
    const { applied, spread, faults, pooled } = await withDatabase(({ connectionString }) =>
      migrate({ connectionString, schema, citus, log: (message) => printer.line(message) }),
    );
    const unsafe = ofSeverity(faults, "unsafe");
    printer.json({ schema, applied, spread, faults, pooled });
    printFaults(printer, unsafe);
    printer.line(
      applied.length === 0 && (spread?.tables ?? 0) === 0
        ? `Schema "${schema}" is current; there was nothing to do.`
        : `Schema "${schema}" is current.`,
    );
    if (spread?.tables === 0)
      printer.line(`Its tables are spread over ${counted(spread.nodes, "node")} of the cluster.`);
    if (pooled)
      printer.line("This went through a pooler. That is safe; only its time limits count.");
    if (unsafe.length === 0) return undefined;
    printer.line("It is not safe: contact-sync doctor says more.");
    return EXIT.incomplete;
  },
});
