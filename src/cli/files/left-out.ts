import { REJECTION_REASONS } from "@contact-sync/client";
import { DIRECTORY_REASONS } from "../../readers/directory.ts";
import { UNREADABLE_REASONS } from "../../readers/text/address-book-entry.ts";
import type { Printer } from "../terminal/printer.ts";
import { counted } from "../terminal/text.ts";
import { LineNumbers } from "./line-numbers.ts";

/** Every reason why something in a file gave no contact, with what a person can do about it. */
const REASONS = {
  ...REJECTION_REASONS,
  ...UNREADABLE_REASONS,
  ...DIRECTORY_REASONS,
  SEVERAL_USERS:
    "Several users have this number, with the same time of verification or none. None was linked; leave the right one.",
};

export type LeftOutReason = keyof typeof REASONS;

/** What was left out of a file, by reason; only the lines are kept, never what stands on them. */
export class LeftOut {
  readonly #byReason = new Map<LeftOutReason, LineNumbers>();

  add(line: number, reason: LeftOutReason): void {
    const lines = this.#byReason.get(reason) ?? new LineNumbers();
    this.#byReason.set(reason, lines);
    lines.push(line);
  }

  get count(): number {
    return [...this.#byReason.values()].reduce((sum, lines) => sum + lines.length, 0);
  }

  clear(): void {
    this.#byReason.clear();
  }

  /** Each place by itself, for programs. */
  places(): { line: number; reason: LeftOutReason }[] {
    return [...this.#byReason].flatMap(([reason, lines]) =>
      lines.all().map((line) => ({ line, reason })),
    );
  }

  print(printer: Printer, title = "Left out"): void {
    if (this.count === 0) return;
    const { colors } = printer;
    printer.line();
    printer.line(colors.yellow(`${title} ${counted(this.count, "entry", "entries")}`));
    const reasons = [...this.#byReason].sort(([, one], [, other]) => other.length - one.length);
    for (const [reason, lines] of reasons) {
      printer.line(`  ${lines.length} × ${reason}: ${REASONS[reason]}`);
      printer.line(colors.dim(`    ${lines.describe()}`));
    }
  }
}
