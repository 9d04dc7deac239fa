/** What is wrong with an installation: a row of `check_contact_sync()`, or a finding of the library's own. */
export interface Fault {
  /** What kind of fault, such as `GRANTED_TO_OTHERS`; docs/sql.md lists them. */
  readonly code: string;
  /** `unsafe` lets somebody in; `warning` fails somebody, or will; `note` is worth knowing. */
  readonly severity: Severity;
  /** The table, function, schema or role that it is about. */
  readonly object: string;
  readonly problem: string;
  /** A statement where it can be fixed by one, or else words. */
  readonly cure: string;
  /** Whether `contact-sync doctor --fix` runs the cure. */
  readonly is_fixable: boolean;
}

export type Severity = "unsafe" | "warning" | "note";

export const SEVERITIES: readonly Severity[] = ["unsafe", "warning", "note"];

/** Those of one severity. */
export function ofSeverity(faults: readonly Fault[], severity: Severity): Fault[] {
  return faults.filter((fault) => fault.severity === severity);
}

/** The worst first; of one severity, those of one code together. */
export function inOrder(faults: readonly Fault[]): Fault[] {
  const rank = ({ severity, code, object }: Fault) =>
    `${SEVERITIES.indexOf(severity)} ${code} ${object}`;
  return [...faults].sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}
