import pg from "pg";
import type { Fault } from "../../database/check/fault.ts";
import { toContactSyncError } from "../../database/errors.ts";
import { readOwnership } from "../../database/migrations/ownership.ts";
import { examine } from "../../doctor/examine.ts";
import { mend } from "../../doctor/mend.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { isFaulty, printFaults, tally } from "../fault-lines.ts";
import { counted } from "../terminal/text.ts";

interface Options {
  fix?: true;
}

// One cure can bring the next fault to light: a renamed schema is checked once its functions look
// into it again.
const ROUNDS = 3;

export const doctorCommand = defineCommand<Options>({
  usage: "doctor",
  summary: "Say what is wrong with the database; exits with 3 where something is.",
  description:
    "After a restore, a GRANT ALL, a move: who may do what, row-level security, indexes, the linker's queue, the key, clocks. Notes are no faults. With --fix it mends what a statement can, as the tables' owner, and shows each; default privileges and roles that others may rely on it leaves alone.",
  examples: ["doctor", "doctor --fix", "doctor --json"],
  configure: (command) => command.option("--fix", "mend what can be mended"),
  async run(context, { fix = false }) {
    return context.withDatabase(async ({ connectionString, key }) => {
      const client = new pg.Client({ connectionString });
      client.on("error", () => {}); // reported by the query that meets it
      try {
        await client.connect();
        return await diagnose(context, client, key, fix);
      } catch (error) {
        throw toContactSyncError(error);
      } finally {
        await client.end().catch(() => {});
      }
    });
  },
});

async function diagnose(
  { configuration: { schema, previousKey }, printer }: CommandContext,
  client: pg.Client,
  key: string | undefined,
  fix: boolean,
) {
  const look = () => examine(client, { schema, key, previousKey, now: Date.now });
  const { name, isOurs } = await readOwnership(client, schema);
  let faults = await look();
  const fixed: string[] = [];
  const failed = new Map<string, string>();
  const isLeft = ({ cure, is_fixable }: Fault) => is_fixable && !failed.has(cure);
  // A REVOKE by somebody else than the owner is a warning and no error, and does nothing.
  for (let round = 0; fix && isOurs && round < ROUNDS && faults.some(isLeft); round += 1) {
    const mended = await mend(client, faults.filter(isLeft), (cure) =>
      printer.line(`fix      ${cure}`),
    );
    for (const { cure, reason } of mended.failed) failed.set(cure, reason);
    faults = await look();
    for (const cure of mended.done) {
      if (faults.some((fault) => fault.cure === cure)) failed.set(cure, "it changed nothing");
      else fixed.push(cure);
    }
  }

  for (const [cure, reason] of failed) printer.line(`failed   ${cure} (${reason})`);
  const failures = [...failed].map(([cure, reason]) => ({ cure, reason }));
  printer.json({ schema, faults, ...(fix ? { fixed, failed: failures } : {}) });
  printFaults(printer, faults);
  const remaining = tally(faults);
  const healthy = isFaulty(faults) ? "" : " is healthy";
  printer.line(`Schema "${schema}"${healthy}${remaining === undefined ? "" : `: ${remaining}`}.`);
  const fixable = faults.filter(({ is_fixable }) => is_fixable).length;
  if (fixable > 0 && !isOurs) {
    printer.line(`Only ${name}, the tables' owner, can fix them: run it as ${name}.`);
  } else if (fixable > 0 && !fix) {
    printer.line(`contact-sync doctor --fix mends ${counted(fixable, "fault")}.`);
  }
  return isFaulty(faults) ? EXIT.incomplete : EXIT.done;
}
