/**
 * @import { Pool } from "pg"
 * @import { PrismaPg } from "@prisma/adapter-pg"
 */
import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";

const require = createRequire(import.meta.url);
const SCHEMA = fileURLToPath(new URL("../prisma/schema.prisma", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../package.json", import.meta.url));
const CLIENT = fileURLToPath(new URL("../prisma/generated/index.js", import.meta.url));

/**
 * What is used of the client that Prisma generates from schema.prisma.
 *
 * @typedef {object} Client
 * @property {(writes: Write[], how: { timeout: number }) => Promise<unknown>} $transaction
 * @property {PhoneModel} phone
 * @property {ContactModel} contact
 *
 * @typedef {Promise<unknown>} Write that is sent when it is awaited, or in a transaction
 *
 * @typedef {{ phoneKey: string, linkedUserId: string }} Phone
 *
 * @typedef {object} PhoneModel
 * @property {() => Promise<Phone | null>} findFirst
 * @property {(query: { where: { phoneKey: { in: readonly string[] } }, select: Record<keyof Phone, true> }) => Promise<Phone[]>} findMany
 *
 * @typedef {{ ownerId: string, phoneKey: string, linkedUserId: string | null }} Contact
 *
 * @typedef {object} ContactModel
 * @property {(query: { data: Contact[], skipDuplicates: boolean }) => Write} createMany
 * @property {(query: { where: { ownerId_phoneKey: Omit<Contact, "linkedUserId"> }, create: Contact, update: Partial<Contact> }) => Write} upsert
 */

/**
 * Prisma's client on the pool's connection, generated where it is missing or older than what it is
 * made of.
 *
 * @param {{ pool: Pool, schema: string }} environment
 * @returns {Promise<Client>}
 */
export async function openPrisma({ pool, schema }) {
  if (changedAt(CLIENT) < Math.max(changedAt(SCHEMA), changedAt(PACKAGE))) await generate();
  const { PrismaPg } = await import("@prisma/adapter-pg");
  /** @type {{ PrismaClient: new (options: { adapter: PrismaPg }) => Client }} */
  const { PrismaClient } = require(CLIENT);
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });
  // What can't work here is to show now, and not when it is measured.
  await client.phone.findFirst();
  return client;
}

/** Milliseconds; 0 for a file that is not there. @param {string} path */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function generate() {
  const command = [require.resolve("prisma/build/index.js"), "generate", "--schema", SCHEMA];
  const env = {
    ...process.env,
    // Generating has no use for the schema engine but fetches it, unless it is told of one.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: "1",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
  };
  try {
    await promisify(execFile)(process.execPath, command, { env });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? error.stderr : error;
    const lines = stripVTControlCharacters(String(said)).split("\n");
    const reason = lines.find((line) => /^error: \S/i.test(line)) ?? "it did not say why";
    throw new Error(`its client can't be generated: ${reason}`);
  }
}

/**
 * Who has which of these numbers, by Prisma's `in`.
 *
 * @param {Client} prisma
 * @param {readonly string[]} phoneKeys
 */
export async function matchesOf(prisma, phoneKeys) {
  const phones = await prisma.phone.findMany({
    where: { phoneKey: { in: phoneKeys } },
    select: { phoneKey: true, linkedUserId: true },
  });
  return new Map(phones.map((phone) => [phone.phoneKey, phone.linkedUserId]));
}

const TIMEOUT_MS = 300_000;

/**
 * All of the writes in one transaction; by default it would be given up after 5 seconds.
 *
 * @param {Client} prisma
 * @param {Write[]} writes
 */
export function inTransaction(prisma, writes) {
  return prisma.$transaction(writes, { timeout: TIMEOUT_MS });
}
