/**
 * @import { Claims, Environment } from "../sync/subjects/subject.js"
 * @import { BulkContact } from "./contacts.js"
 */
import { contactSync } from "./subjects/contact-sync.js";
import { contactSyncSql } from "./subjects/contact-sync-sql.js";
import { copy } from "./subjects/copy.js";
import { postgrest } from "./subjects/postgrest.js";
import { unnest } from "./subjects/unnest.js";
import { values } from "./subjects/values.js";

/**
 * A way to store contacts of many owners.
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {(environment: Environment) => Promise<Opened>} open
 * @property {boolean} [onlyFirst] it can only insert
 *
 * @typedef {object} Opened
 * @property {(contacts: BulkContact[]) => () => Promise<Claims | void>} prepare what it does is not
 *   timed; what it returns is
 */

/** What the others are compared with. */
export const REFERENCE = contactSyncSql;

/** @type {readonly Subject[]} */
export const SUBJECTS = [copy, contactSyncSql, contactSync, unnest, values, postgrest];
