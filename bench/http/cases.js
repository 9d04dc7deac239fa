/** @import { Size } from "../lib/run.js" */

/**
 * How much is measured. The cases are the same in both sizes; more rounds narrow the spread.
 * `requests`: a round of a case, by the number of clients.
 *
 * @type {Record<Size, { rounds: number, requests: { 1: number, 16: number }, directorySize: number }>}
 */
export const SIZES = {
  quick: { rounds: 3, requests: { 1: 10, 16: 32 }, directorySize: 20_000 },
  full: { rounds: 15, requests: { 1: 100, 16: 400 }, directorySize: 100_000 },
};

/** DESIGN's marks: request to response, in times the database's own part; one client. */
export const MARKS = { phoneHashes: 2, phoneNumbers: 3 };
/** Contacts a sync that the marks are for. */
export const MARKED_CONTACTS = 1_000;

/** @typedef {{ contacts: number, field: "phoneNumbers" | "phoneHashes", clients: 1 | 16 }} Case */

/** @type {Case[]} */
export const CASES = [300, 1_000].flatMap((contacts) =>
  /** @type {const} */ (["phoneNumbers", "phoneHashes"]).flatMap((field) =>
    /** @type {const} */ ([1, 16]).map((clients) => ({ contacts, field, clients })),
  ),
);
