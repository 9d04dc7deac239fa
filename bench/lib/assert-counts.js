/**
 * Stops the run unless the counts that are given are those that are expected.
 *
 * @param {string} what for the message
 * @param {Readonly<Record<string, number>>} given
 * @param {Readonly<Record<string, number>>} expected
 */
export function assertCounts(what, given, expected) {
  for (const [name, value] of Object.entries(given)) {
    if (value !== expected[name]) {
      throw new Error(`${what}: ${name} is ${value}, not ${expected[name]}`);
    }
  }
}
