/**
 * Which project a test file belongs to, told by where it lies or by its name:
 *
 * - `unit`: nothing is started
 * - `processes`: starts processes of its own (the embedded server, the binary, PgBouncer, npm) and
 *   ends them in every way, or works on very many contacts
 * - `postgres`: all others, on the servers that the run starts
 */
export const UNIT = [
  "client/test/**/*.test.ts",
  "test/{bench,examples,readers}/**/*.test.ts",
  "test/**/*.unit.test.ts",
];

export const PROCESSES = [
  "test/{embedded,large,packages,pgbouncer}/**/*.test.ts",
  "test/**/*.processes.test.ts",
];

export const ALL = ["client/test/**/*.test.ts", "test/**/*.test.ts"];
