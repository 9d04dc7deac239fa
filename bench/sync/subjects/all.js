import { contactSync } from "./contact-sync.js";
import { contactSyncSql } from "./contact-sync-sql.js";
import { copy } from "./copy.js";
import { deleteAndInsert } from "./delete-and-insert.js";
import { drizzle } from "./drizzle.js";
import { oneByOne } from "./one-by-one.js";
import { origin } from "./origin.js";
import { postgrest } from "./postgrest.js";
import { prisma } from "./prisma.js";
import { prismaCreateMany } from "./prisma-create-many.js";
import { unnest } from "./unnest.js";
import { values } from "./values.js";

/** What the others are compared with. */
export const REFERENCE = contactSyncSql;

/**
 * In the order of the tables, and, beginning with another one each time, of a round: what a mark
 * compares stands side by side.
 *
 * @type {readonly import("./subject.js").Subject[]}
 */
export const SUBJECTS = [
  copy,
  contactSyncSql,
  contactSync,
  unnest,
  origin,
  deleteAndInsert,
  values,
  postgrest,
  drizzle,
  prismaCreateMany,
  prisma,
  oneByOne,
];
