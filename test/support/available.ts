/**
 * Whether a test has what it needs, a program for the most part; without it the test is skipped.
 * Not so in CI, where all of it is installed: there the test fails.
 */
export function available(what: string, isThere: boolean): boolean {
  if (!isThere && process.env["CI"]) {
    throw new Error(`${what} is not there, and in CI no test is skipped: see .ci/run`);
  }
  return isThere;
}
