/** What a script can tell from how a command ended. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  incomplete: 3,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table of `--help` and docs/cli.md. */
export const EXIT_CODES: readonly [code: ExitCode, meaning: string][] = [
  [EXIT.done, "done"],
  [EXIT.failed, "failed; stderr says why, and what is stored"],
  [EXIT.usage, "the command line or the environment is wrong; nothing was done"],
  [EXIT.incomplete, "done in part: migrations pending, links waiting, faults left, or --strict"],
  [EXIT.interrupted, "interrupted (Ctrl-C); what was finished by then is stored"],
  [EXIT.terminated, "terminated (SIGTERM); likewise"],
];
