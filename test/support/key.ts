/** A key for tests: 32 bytes, the same in each. */
export const TEST_KEY = "5f".repeat(32);
