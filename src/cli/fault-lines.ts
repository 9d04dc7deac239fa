import {
  type Fault,
  inOrder,
  ofSeverity,
  SEVERITIES,
  type Severity,
} from "../database/check/fault.ts";
import type { Printer } from "./terminal/printer.ts";
import { counted } from "./terminal/text.ts";

// After a GRANT ALL there are dozens of the same kind; --json has them all.
const SHOWN_OF_A_KIND = 3;

/** Shows faults for people: a paragraph a kind, with the cure beneath. */
export function printFaults(printer: Printer, faults: readonly Fault[]): void {
  for (const kind of kindsOf(faults)) {
    const [first] = kind;
    if (first === undefined) continue;
    for (const { object, problem, cure, is_fixable, severity } of kind.slice(0, SHOWN_OF_A_KIND)) {
      printer.line(`${label(printer, first.severity)}  ${first.code}  ${object}: ${problem}`);
      const who = is_fixable || severity === "note" ? "" : "by hand: ";
      printer.line(`         ${who}${cure}`);
    }
    const left = kind.length - SHOWN_OF_A_KIND;
    if (left > 0) printer.line(`         … and ${left} more of this kind (--json lists them)`);
  }
}

/** `2 unsafe, 1 warning, 3 notes`; undefined where there is nothing. */
export function tally(faults: readonly Fault[]): string | undefined {
  const words: Record<Severity, (count: number) => string> = {
    unsafe: (count) => `${count} unsafe`,
    warning: (count) => counted(count, "warning"),
    note: (count) => counted(count, "note"),
  };
  const parts = SEVERITIES.flatMap((severity) => {
    const { length } = ofSeverity(faults, severity);
    return length > 0 ? [words[severity](length)] : [];
  });
  return parts.length > 0 ? parts.join(", ") : undefined;
}

/** Whether somebody has to do something about them. */
export function isFaulty(faults: readonly Fault[]): boolean {
  return faults.some(({ severity }) => severity !== "note");
}

function kindsOf(faults: readonly Fault[]): Fault[][] {
  const kinds = new Map<string, Fault[]>();
  for (const fault of inOrder(faults)) {
    const kind = `${fault.severity} ${fault.code}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), fault]);
  }
  return [...kinds.values()];
}

function label({ colors }: Printer, severity: Severity): string {
  const text = severity.padEnd(7);
  if (severity === "unsafe") return colors.red(text);
  return severity === "warning" ? colors.yellow(text) : colors.dim(text);
}
