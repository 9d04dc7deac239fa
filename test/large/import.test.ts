import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assertBuilt } from "../support/built.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { createTestDatabase, newestMajor, type TestDatabase } from "../support/postgres.ts";

assertBuilt();

const CONTACTS = 1_000_000;
const LINKED = 1_000;
const RUNNER = fileURLToPath(new URL("import-million.js", import.meta.url));

interface Import {
  readonly total_processed: number;
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly contacts_unchanged: number;
  readonly duplicates: number;
  readonly matches: number;
  readonly rejected: number;
  readonly peakMb: number;
  readonly seconds: number;
}

/** In a process of its own, whose memory is the import's. */
async function run(connectionString: string, owner: string): Promise<Import> {
  const args = [RUNNER, connectionString, TEST_KEY, owner, file];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

// One in ten in the notation of a person, which takes the parser.
function numberOf(n: number): string {
  const digits = String(n).padStart(7, "0");
  return n % 10 === 0 ? `+20 (100) ${digits.slice(0, 3)}-${digits.slice(3)}` : `+20100${digits}`;
}

function* lines(): Generator<string> {
  for (let first = 0; first < CONTACTS; first += 1_000) {
    const block = Array.from(
      { length: 1_000 },
      (_, place) => `{"name":"Person ${first + place}","phone":"${numberOf(first + place)}"}\n`,
    );
    yield block.join("");
  }
}

// The newest major is enough: what is measured is our own process.
const major = newestMajor();
let database: TestDatabase;
let folder: string;
let file: string;

beforeAll(async () => {
  database = await createTestDatabase(major);
  folder = await mkdtemp(join(tmpdir(), "contact-sync-large-"));
  file = join(folder, "contacts.ndjson");
  await pipeline(Readable.from(lines()), createWriteStream(file));
  const contactSync = await openContactSync(database);
  await contactSync.linkMany(
    Array.from({ length: LINKED }, (_, n) => ({
      userId: randomUUID(),
      phoneNumber: numberOf(n * 997),
    })),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

/** What PostgreSQL counts as written, once the import's sessions have ended. */
async function rowsWritten(): Promise<unknown> {
  for (;;) {
    const { rows } = await database.pool.query(
      "select count(*)::integer as others from pg_stat_activity where application_name = 'import'",
    );
    if (rows[0].others === 0) break;
    await delay(50);
  }
  const { rows } = await database.pool.query(
    `select n_tup_ins::integer, n_tup_upd::integer, n_tup_del::integer
       from pg_stat_user_tables where relname = 'contacts_with_accounts'`,
  );
  return rows[0];
}

/** Changes with any row that is written, be it with the same values. */
async function versions(): Promise<unknown> {
  const { rows } = await database.pool.query(
    `select count(*)::integer, sum(xmin::text::numeric), sum(hashtext(ctid::text)::bigint)
       from contacts_with_accounts`,
  );
  return rows[0];
}

test("a million contacts are imported twice below 200 MB, the second time without writing one", async () => {
  const owner = randomUUID();
  const connectionString = `${database.connectionString}&application_name=import`;
  const first = await run(connectionString, owner);
  expect(first).toMatchObject({
    total_processed: CONTACTS,
    contacts_inserted: CONTACTS,
    contacts_updated: 0,
    contacts_unchanged: 0,
    duplicates: 0,
    matches: LINKED,
    rejected: 0,
  });
  const written = await rowsWritten();
  expect(written).toEqual({ n_tup_ins: CONTACTS, n_tup_upd: 0, n_tup_del: 0 });
  const stored = await versions();

  const second = await run(connectionString, owner);
  expect(second).toMatchObject({
    total_processed: CONTACTS,
    contacts_inserted: 0,
    contacts_updated: 0,
    contacts_unchanged: CONTACTS,
    matches: LINKED,
  });
  expect(await rowsWritten()).toEqual(written);
  expect(await versions()).toEqual(stored);

  console.log(
    `peak ${first.peakMb} and ${second.peakMb} MB, ${first.seconds.toFixed(1)} and ${second.seconds.toFixed(1)} s`,
  );
  expect(first.peakMb).toBeLessThan(200);
  expect(second.peakMb).toBeLessThan(200);
});
