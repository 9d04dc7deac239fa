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
 * Prisma's client on the pool's connection, generated where it is missing or older than what it is
 * made of.
 *
 * @param {{ pool: import("pg").Pool, schema: string }} environment
 */
export async function openPrisma({ pool, schema }) {
  if (changedAt(CLIENT) < Math.max(changedAt(SCHEMA), changedAt(PACKAGE))) await generate();
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const { PrismaClient } = require(CLIENT);
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });
  // What can't work here is to show now, and not when it is measured.
  await client.phone.findFirst();
  return client;
}

/** Milliseconds; 0 for a file that is not there. */
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
    const lines = stripVTControlCharacters(error.stderr ?? error.message).split("\n");
    const reason = lines.find((line) => /^error: \S/i.test(line)) ?? "it did not say why";
    throw new Error(`its client can't be generated: ${reason}`);
  }
}

/** Who has which of these numbers, by Prisma's `in`. */
export async function matchesOf(prisma, phoneKeys) {
  const phones = await prisma.phone.findMany({
    where: { phoneKey: { in: phoneKeys } },
    select: { phoneKey: true, linkedUserId: true },
  });
  return new Map(phones.map((phone) => [phone.phoneKey, phone.linkedUserId]));
}

const TIMEOUT_MS = 300_000;

/** All of the writes in one transaction; by default it would be given up after 5 seconds. */
export function inTransaction(prisma, writes) {
  return prisma.$transaction(writes, { timeout: TIMEOUT_MS });
}
