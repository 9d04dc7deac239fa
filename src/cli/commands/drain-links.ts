import { setTimeout as delay } from "node:timers/promises";
import type { LinkerReport } from "../../directory/linker.ts";
import type { ContactsWithAccounts } from "../../library/contacts-with-accounts.ts";
import type { CommandContext } from "../command.ts";
import { showSteps } from "../files/progress.ts";
import { grouped } from "../terminal/text.ts";

// What another linker, as of a running service, is at is waited for a little.
const PAUSE_MS = 200;
const PAUSES = 10;

/** Runs the linker until what is left waits for running transactions, and shows how far it is. */
export async function drainLinks(
  contactSync: ContactsWithAccounts,
  { io, printer }: Pick<CommandContext, "io" | "printer">,
  { all = false }: { all?: boolean } = {},
): Promise<LinkerReport> {
  const display = showSteps(io, printer);
  let total: LinkerReport = { contacts_changed: 0, entries_finished: 0, entries_waiting: 0 };
  try {
    for (let pauses = 0; ; ) {
      const before = total;
      const report = await contactSync.linkPendingPhones({
        all: all && before.numbers_found === undefined,
        signal: io.signal,
        onProgress: ({ numbersChecked, numbersFound, contactsChanged, entriesFinished }) =>
          display.onStep(
            contactsChanged + entriesFinished + before.entries_finished === 0 && numbersChecked > 0
              ? `${grouped(numbersChecked)} numbers compared, ${grouped(numbersFound)} to be linked anew`
              : `${grouped(before.entries_finished + entriesFinished)} numbers finished, ` +
                  `${grouped(before.contacts_changed + contactsChanged)} contacts updated`,
          ),
      });
      total = {
        ...before,
        ...report,
        contacts_changed: before.contacts_changed + report.contacts_changed,
        entries_finished: before.entries_finished + report.entries_finished,
      };
      const isIdle = report.entries_finished === 0 && report.contacts_changed === 0;
      pauses = isIdle ? pauses + 1 : 0;
      if (report.entries_waiting === 0 || pauses > PAUSES) return total;
      await delay(PAUSE_MS, undefined, { signal: io.signal }).catch(() => {});
    }
  } finally {
    display.stop();
  }
}
