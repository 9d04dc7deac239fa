/** How long the parts of a sync took, in milliseconds. */
export interface SyncTimings {
  /** Reading numbers into E.164, duplicates and refusals included. */
  readonly normalize: number;
  /** SHA-256, and sealing. */
  readonly hash: number;
  /** The call of the database, from sending to its answer. */
  readonly database: number;
}
