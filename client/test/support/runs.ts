const { CONTACT_SYNC_TEST_RUNS = "1" } = process.env;

/**
 * How often a property is tried: as often as is quick, times `CONTACT_SYNC_TEST_RUNS`, which is 4
 * in `npm run test:all`; for a long look, 500.
 */
export function runs(quick: number): number {
  return quick * Number(CONTACT_SYNC_TEST_RUNS);
}
