import { toContactSyncError } from "../../database/errors.ts";
import { readMigrationStatus } from "../../database/migrations/migration-status.ts";
import { toDatabase } from "../../database/to-database.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const migrateStatusCommand = defineCommand({
  usage: "status",
  summary: "Show which migrations the database has; exits with 3 where some are missing.",
  examples: ["migrate status"],
  async run({ configuration, printer, withDatabase }) {
    const { schema } = configuration;
    const status = await withDatabase(async ({ connectionString }) => {
      const { database, close } = toDatabase(connectionString);
      try {
        return await readMigrationStatus(database, schema);
      } catch (error) {
        throw toContactSyncError(error);
      } finally {
        await close();
      }
    });
    const { applied, pending, unknown } = status;
    printer.json({ schema, ...status });
    for (const name of applied) {
      const isUnknown = unknown.includes(name);
      printer.line(
        isUnknown ? `newer    ${name} (this version does not know it)` : `applied  ${name}`,
      );
    }
    for (const name of pending) printer.line(printer.colors.yellow(`pending  ${name}`));
    return pending.length > 0 ? EXIT.incomplete : EXIT.done;
  },
});
