import { digestOf, phoneHash } from "@contact-sync/client";

// The examples that /openapi.json shows work on the data of `npm run demo`, sent in the document's
// order with the demo's tokens: people and numbers are those of examples/address-book.

/** Somebody who has an account, and is in the book of the demo's user. */
export const FRIEND = "1e1493a7-d35d-4a9d-bc23-47a35e65ab77";
export const FRIENDS_NUMBER = "+201200000042";
export const FRIENDS_HASH = phoneHash(FRIENDS_NUMBER);

/** Whose the demo's book is. */
export const OWNER = "970dabb7-2bcc-441a-a93c-a4a756f72cee";

/** A number that nobody has verified. */
export const NOBODYS_NUMBER = "+201001234567";

export const DEVICE = "a-phone";

/** What a first sync of the device sends: a match, a number without an account, and no number. */
export const BOOK = ["0120 000 0042", "+442079460958", "Bob"];
/** In the book, and of nobody who has an account. */
export const STRANGERS_HASH = phoneHash("+442079460958");
const BOOKS_HASHES = [FRIENDS_HASH, STRANGERS_HASH];

/** Who is in the book later. */
export const ADDED_HASH = phoneHash("+447700900020");
export const LATER_BOOKS_HASHES = [...BOOKS_HASHES, ADDED_HASH];
export const LATER_DIGEST = digestOf(LATER_BOOKS_HASHES);

/** Of a number of the guide's, which the book gets from no device. */
export const GUIDES_HASH = phoneHash("+1234567890");

// What only an answer before can give. The page of /docs puts what it saw last in their place.
export const LAST_SYNC_TOKEN = "sync_token of the device's last answer";
export const LAST_SESSION_ID = "00000000-0000-4000-8000-000000000000";
