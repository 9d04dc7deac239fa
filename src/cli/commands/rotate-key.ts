import type { RotationProgress, RotationState } from "../../rotation/progress.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { showShare } from "../files/share.ts";
import { counted, grouped } from "../terminal/text.ts";

interface Options {
  status?: true;
}

const STEPS = {
  directory: "numbers of the directory",
  books: "contacts re-sealed",
  remains: "what is left of the old key",
} as const;

export const rotateKeyCommand = defineCommand<Options>({
  usage: "rotate-key",
  summary: "Re-seal everything from CONTACT_SYNC_PREVIOUS_KEY to CONTACT_SYNC_KEY, online.",
  description:
    "Syncs and links go on meanwhile. First give every process both keys, and take the old one from them when this has ended: then it opens nothing any more. Interrupted or killed, it goes on where it was when it is run again. With --status it only says how far a change has come, and exits with 3 while one is under way.",
  examples: ["rotate-key", "rotate-key --status"],
  configure: (command) => command.option("--status", "say how far it has come, and change nothing"),
  run: (context, { status = false }) => (status ? showStatus(context) : rotate(context)),
});

async function rotate({ io, printer, withContactSync }: CommandContext) {
  const report = await withContactSync(async ({ contactSync }) => {
    const display = showShare(io, printer);
    try {
      return await contactSync.rotateKey({
        signal: io.signal,
        onProgress: (progress) => display.onProgress(shareOf(progress), textOf(progress)),
      });
    } finally {
      display.stop();
    }
  });
  printer.json(report);
  printer.line(
    `Sealed with the key ${report.to_key_id}: ${counted(report.contacts_moved, "contact")} of ${counted(report.owners_moved, "owner")} were re-sealed. The key ${report.from_key_id} opens nothing any more; CONTACT_SYNC_PREVIOUS_KEY can go.`,
  );
  return EXIT.done;
}

async function showStatus({ printer, withContactSync }: CommandContext) {
  const state = await withContactSync(({ contactSync }) => contactSync.rotationState());
  printer.json(state);
  printer.line(describe(state));
  return state.step === null ? EXIT.done : EXIT.incomplete;
}

function describe({ step, from_key_id, to_key_id, ...left }: RotationState): string {
  if (step === null) return "No change of the key is under way.";
  return `The key is being changed from ${from_key_id} to ${to_key_id} (${STEPS[step]}): ${counted(left.contacts_left, "contact")} of ${counted(left.owners_left, "owner")} and ${counted(left.numbers_left, "number")} of the directory are left.`;
}

function shareOf({ contactsMoved, contactsInAll }: RotationProgress): number {
  return contactsInAll === 0 ? 0 : Math.min(1, contactsMoved / contactsInAll);
}

function textOf({ step, numbersDone, contactsMoved, contactsInAll, waitingFor }: RotationProgress) {
  const done =
    step === "directory"
      ? `${grouped(numbersDone)} ${STEPS[step]}`
      : `${grouped(contactsMoved)} of ${grouped(contactsInAll)} ${STEPS.books}`;
  const rest = step === "remains" ? `, clearing ${STEPS[step]}` : "";
  return `${done}${rest}${waitingFor > 0 ? `, waiting for ${grouped(waitingFor)}` : ""}`;
}
