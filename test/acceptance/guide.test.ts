// The guide, section by section: each snippet and each call as it is written there. Nothing is
// retyped: snippets, signatures, field names and expected figures are read out of the guide, which
// lies beside the docs byte for byte.
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import {
  DEFAULT_BATCH_SIZE,
  ESTIMATED_CONTACTS_PER_SECOND,
  MAX_BATCH_SIZE,
  MAX_CONTACTS_PER_OWNER,
  MAX_REQUEST_BYTES,
  MIN_RECOMMENDED_BATCH_SIZE,
  phoneHash,
  TARGET_BATCH_KB,
} from "@contact-sync/client";
import {
  type BulkContact,
  type ContactsWithAccounts,
  createContactSync,
  type SyncResult,
} from "contact-sync";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEST_KEY } from "../support/key.ts";
import { createLogin } from "../support/login.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { fencesLeft, section, snippet } from "./support/guide.ts";
import { codeWords } from "./support/markdown.ts";
import { runScope, type Surroundings, scopesOf } from "./support/snippet.ts";

/** The two words of the guide that stand for real values. */
function withRealValues(code: string, ownerId: string, hash: string): string {
  return code.replaceAll('"user-uuid"', `"${ownerId}"`).replaceAll('"hashed-phone"', `"${hash}"`);
}

/** `// name: 123,` of a snippet's comments. */
function commentedFigures(code: string): Record<string, number> {
  const figures = [...code.matchAll(/^\/\/\s+(\w+): (\d+)/gm)];
  return Object.fromEntries(figures.map(([, name, figure]) => [name, Number(figure)]));
}

/** Distinct Egyptian mobile numbers; `from` keeps the ranges of two tests apart. */
function numbersFrom(from: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `+2010${String(from + index).padStart(8, "0")}`,
  );
}

const chunkArray = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

function expectConsistent(result: SyncResult, received: number): void {
  expect(result.total_processed).toBe(
    result.contacts_inserted + result.contacts_updated + result.contacts_unchanged,
  );
  expect(result.total_processed + result.duplicates + (result.rejected?.length ?? 0)).toBe(
    received,
  );
  expect(result.matched_contacts).toBeLessThanOrEqual(result.total_processed);
  expect(Number.isInteger(result.processing_time_ms)).toBe(true);
  expect(result.processing_time_ms).toBeGreaterThanOrEqual(1);
}

// The REST service's: this test runs the library and SQL.
const HTTP_FENCES = [
  "POST /api/v1/contacts/sync",
  "the answer to POST /api/v1/contacts/sync",
  "POST /api/v1/contacts/sync/estimate",
  "GET /api/v1/contacts/sync/statistics?days=30",
  "POST /api/v1/contacts/bulk-insert",
];

describePostgres("The guide", (server) => {
  const database = useDatabase(server);
  let pool: pg.Pool;
  let contactsWithAccounts: ContactsWithAccounts;
  let statements = 0;

  beforeAll(async () => {
    // As the docs recommend to connect: a login that is a member of service_role, and no more; on a
    // cluster one that row-level security does not bind.
    const { connectionString } = await createLogin(
      database(),
      `in role service_role ${database().onCitus ? "bypassrls" : ""}`,
    );
    pool = new pg.Pool({ connectionString });
    pool.on("error", () => {});
    const counted = {
      query: (text: string, values?: unknown[]) => {
        statements += 1;
        return pool.query(text, values) as never;
      },
      transaction: () => Promise.reject(new Error("no snippet of the guide needs one")),
    };
    const key = TEST_KEY;
    // The one line that stands before the guide's snippets.
    const ContactsWithAccounts = await createContactSync({ database: counted, key });
    contactsWithAccounts = ContactsWithAccounts;
  });
  afterAll(async () => {
    await contactsWithAccounts?.close();
    await pool?.end();
  });

  const run = (code: string, surroundings: Surroundings = {}) =>
    runScope(code, contactsWithAccounts, surroundings);

  async function single(sql: string, values: unknown[] = []): Promise<unknown> {
    const { rows } = await pool.query({ text: sql, values, rowMode: "array" });
    return rows[0]?.[0];
  }

  /** Everybody of these has an account. */
  async function linkAll(numbers: readonly string[]): Promise<void> {
    await contactsWithAccounts.linkMany(
      numbers.map((phoneNumber) => ({ userId: randomUUID(), phoneNumber })),
    );
  }

  describe("Supabase Limits & Performance", () => {
    test("the limits of the table are the limits", () => {
      const rows = Object.fromEntries(
        [
          ...section("2. Supabase Limits").text.matchAll(
            /^\| \*\*(.+?)\*\* \| (.+?) \| (.+?) \|/gm,
          ),
        ].map(([, metric, recommended, maximum]) => [metric, [recommended, maximum]]),
      );
      expect(rows).toEqual({
        "Batch Size": [`${DEFAULT_BATCH_SIZE} rows`, `${MAX_BATCH_SIZE.toLocaleString("en")} rows`],
        "Payload Size": [
          `${TARGET_BATCH_KB}KB per batch`,
          `${MAX_REQUEST_BYTES / 2 ** 20}MB per request`,
        ],
        "Row Limit": ["Dynamic batching", `${MAX_CONTACTS_PER_OWNER.toLocaleString("en")} total`],
        "Processing Rate": [
          `~${ESTIMATED_CONTACTS_PER_SECOND.toLocaleString("en")} contacts/sec`,
          "Varies by complexity",
        ],
      });
    });
  });

  describe("Optimal Batch Sizing Algorithm", () => {
    const sql = snippet("3. Optimal Batch Sizing");

    test("the query gives 500", async () => {
      expect(await single(sql)).toBe(500);
    });

    test.each([
      ["at least 100 rows", 5_000, 100, MIN_RECOMMENDED_BATCH_SIZE],
      ["at most 1,000 rows", 5_000, 0.01, MAX_BATCH_SIZE],
      ["250 KB a batch between the two", 5_000, 1, TARGET_BATCH_KB],
      ["10,000 contacts are not yet a large dataset", 10_000, 0.01, MAX_BATCH_SIZE],
      ["beyond 10,000, at most 500 rows", 10_001, 0.01, 500],
    ])("%s", async (_, contacts, sizeKb, expected) => {
      const query = sql.replace("5000", String(contacts)).replace("0.5", String(sizeKb));
      expect(await single(query)).toBe(expected);
      expect(await contactsWithAccounts.getOptimalBatchSize(contacts, sizeKb)).toBe(expected);
    });
  });

  describe("New Database Functions", () => {
    /** `name(p_one TYPE, …)` of a heading, as the catalog writes its arguments. */
    const signature = (heading: string) => {
      const [name, args] = (/^`(\w+)\((.*)\)`$/.exec(heading) as RegExpExecArray).slice(1);
      return { name: name as string, args: (args as string).toLowerCase().split(", ") };
    };

    test.each([
      "`bulk_insert_contacts(",
      "`sync_user_contacts(",
    ])("%s…)` has that signature", async (heading) => {
      const { name, args } = signature(section(heading).heading);
      const stored = await single("select pg_get_function_arguments($1::regproc)", [name]);
      expect(
        String(stored)
          .replace(/ DEFAULT 500$/, "")
          .split(", "),
      ).toEqual(args);
      expect(stored, "the batch size may be left out").toMatch(/p_batch_size integer DEFAULT 500$/);
    });

    describe("bulk_insert_contacts", () => {
      const code = snippet("`bulk_insert_contacts(");
      const ownerId = randomUUID();
      const hash = phoneHash("+201000000001");

      test("the example inserts its contact, and a repeat writes nothing", async () => {
        const first = await run(withRealValues(code, ownerId, hash));
        expect(first.error).toBeUndefined();
        expect(first.loggedValues).toEqual([[first.declared.result]]);
        expect(Object.keys(first.declared.result as object)).toEqual(
          expect.arrayContaining(Object.keys(commentedFigures(code))),
        );
        expect(first.declared.result).toMatchObject({
          total_processed: 1,
          contacts_inserted: 1,
          contacts_updated: 0,
          matched_contacts: 0,
          batch_size: 500,
        });
        const again = await run(withRealValues(code, ownerId, hash));
        expect(again.declared.result).toMatchObject({
          total_processed: 1,
          contacts_inserted: 0,
          contacts_updated: 0,
          contacts_unchanged: 1,
        });
      });

      test("the SQL function takes the same items by its own argument names", async () => {
        const contacts = [
          {
            owner_id: ownerId,
            phone_hash: "ab".repeat(16),
            is_favorite: false,
            linked_user_id: null,
          },
        ];
        const { rows } = await pool.query(
          "select * from bulk_insert_contacts(p_contacts := $1, p_batch_size := 500)",
          [JSON.stringify(contacts)],
        );
        expect(rows[0]).toMatchObject({
          total_processed: 1,
          contacts_inserted: 1,
          batch_size: 500,
        });
      });

      test("the figures of the example come out of 1,000 contacts of which 150 are stored", async () => {
        const numbers = numbersFrom(100_000, 1_000);
        await linkAll(numbers);
        const owner_id = randomUUID();
        const contacts = numbers.map(
          (number): BulkContact => ({
            owner_id,
            phone_hash: phoneHash(number),
            is_favorite: false,
          }),
        );
        await contactsWithAccounts.bulkInsertContacts(
          contacts.slice(0, 150).map((contact) => ({ ...contact, is_favorite: true })),
        );
        const call = code.slice(code.indexOf("const result"));
        const { declared } = await run(call, { contacts });
        const { processing_time_ms, ...figures } = commentedFigures(code);
        expect(processing_time_ms).toBe(1_250);
        expect(declared.result).toMatchObject(figures);
        expectConsistent(declared.result as SyncResult, 1_000);
      });
    });

    describe("sync_user_contacts", () => {
      const code = snippet("`sync_user_contacts(");

      test("the example syncs its two numbers and finds who has an account", async () => {
        const userId = randomUUID();
        const friend = randomUUID();
        await contactsWithAccounts.link(friend, "+1987654321");
        const { error, declared } = await run(code, { userId });
        expect(error).toBeUndefined();
        const result = declared.result as SyncResult;
        expect(result).toMatchObject({
          total_processed: 2,
          contacts_inserted: 2,
          contacts_updated: 0,
          matched_contacts: 1,
          batch_size: 500,
          matches: [{ index: 1, phone_hash: phoneHash("+1987654321"), user_id: friend }],
        });
        expectConsistent(result, 2);
        expect(await contactsWithAccounts.getSyncStatus(userId)).toMatchObject({
          sync_status: "completed",
          device_contacts_count: 2,
          synced_contacts_count: 2,
          matched_contacts_count: 1,
        });
      });

      test("the SQL function takes phone hashes by its own argument names", async () => {
        const { rows } = await pool.query(
          `select * from sync_user_contacts(p_owner_id := $1, p_phone_hashes := $2,
             p_device_contacts_count := 2, p_batch_size := 500)`,
          [randomUUID(), ["cd".repeat(16), "CD".repeat(32)]],
        );
        expect(rows[0]).toMatchObject({ total_processed: 1, contacts_inserted: 1, duplicates: 1 });
      });
    });
  });

  describe("API Endpoints", () => {
    const { data } = JSON.parse(section("Enhanced Contact Sync").fences[1]?.code ?? "") as {
      data: { sync_completed: boolean; performance_estimate: object };
    };

    test("the library's result has the fields of the answer, but for the service's own two", async () => {
      const result = await contactsWithAccounts.syncContacts(randomUUID(), ["+1234567890"], 1);
      const { sync_completed, performance_estimate, ...fields } = data;
      expect(sync_completed).toBe(true);
      expect(Object.keys(result)).toEqual(expect.arrayContaining(Object.keys(fields)));
      expect(performance_estimate).toBeTypeOf("object");
    });

    test("the estimate of the answer is what the library estimates for those two contacts", async () => {
      expect(await contactsWithAccounts.estimateSyncPerformance(2, 500)).toMatchObject(
        data.performance_estimate,
      );
    });
  });

  describe("Performance Comparison", () => {
    test("a bulk call is a single round trip", async () => {
      const owner_id = randomUUID();
      const contacts = numbersFrom(200_000, 1_000).map((number) => ({
        owner_id,
        phone_hash: phoneHash(number),
      }));
      const before = statements;
      await contactsWithAccounts.bulkInsertContacts(contacts, { batchSize: 100 });
      await contactsWithAccounts.syncContacts(owner_id, numbersFrom(200_000, 1_000), 1_000);
      expect(statements - before).toBe(2);
    });
  });

  describe("Batch Size Selection", () => {
    const scopes = scopesOf(snippet("1. Batch Size Selection"));

    test("the three alternatives, each in a scope of its own", async () => {
      expect(scopes).toHaveLength(3);
      const sizes = [];
      for (const scope of scopes) {
        const { declared } = await run(scope, { contactCount: 800 });
        sizes.push(declared.batchSize);
      }
      expect(sizes).toEqual([500, 500, 250]);
      for (const batchSize of sizes as number[]) {
        const result = await contactsWithAccounts.syncContacts(randomUUID(), ["+1234567890"], 1, {
          batchSize,
        });
        expect(result.batch_size).toBe(batchSize);
      }
    });
  });

  describe("Error Handling", () => {
    const code = snippet("2. Error Handling");

    test("all processed: no warning", async () => {
      const phoneNumbers = numbersFrom(300_000, 20);
      const outcome = await run(code, {
        userId: randomUUID(),
        phoneNumbers,
        deviceContactsCount: 20,
      });
      expect(outcome.error).toBeUndefined();
      expect(outcome.warned).toEqual([]);
      expectConsistent(outcome.calls[0]?.result as SyncResult, 20);
    });

    test("a number that can't be read: the warning, the reason, and the rest is written", async () => {
      const phoneNumbers = ["+1234567890", "Bob", "+1234567890"];
      const { warned, calls } = await run(code, {
        userId: randomUUID(),
        phoneNumbers,
        deviceContactsCount: 9,
      });
      expect(warned).toEqual(["Some contacts were not processed"]);
      const result = calls[0]?.result as SyncResult;
      expect(result).toMatchObject({
        total_processed: 1,
        duplicates: 1,
        rejected: [{ index: 1, reason: "NOT_A_NUMBER" }],
      });
      expectConsistent(result, 3);
    });

    test("too many: the error's message includes CONTACTS_LIMIT_EXCEEDED, and nothing is written", async () => {
      const phoneNumbers = numbersFrom(0, 10_001);
      const userId = randomUUID();
      const { calls, error } = await run(code, {
        userId,
        phoneNumbers,
        deviceContactsCount: 10_001,
      });
      expect(error, "the snippet deals with it").toBeUndefined();
      expect(calls[0]?.error).toMatchObject({
        code: "CONTACTS_LIMIT_EXCEEDED",
        message: expect.stringContaining("CONTACTS_LIMIT_EXCEEDED"),
        details: { limit: 10_000, received: 10_001 },
      });
      expect(await contactsWithAccounts.summarizeContacts(userId)).toMatchObject({
        contacts_count: 0,
      });
    });
  });

  describe("Monitoring Performance", () => {
    const code = snippet("3. Monitoring Performance");

    test("statistics of the last 7 days, and an estimate for 10,000 contacts", async () => {
      await contactsWithAccounts.syncContacts(randomUUID(), ["+1234567890"], 2);
      const { error, declared, logged } = await run(code);
      expect(error).toBeUndefined();
      const { days, totals, daily } = declared.stats as Awaited<
        ReturnType<ContactsWithAccounts["getSyncStatistics"]>
      >;
      expect(days).toBe(7);
      expect(daily.length).toBeGreaterThanOrEqual(1);
      expect(totals.total_syncs).toBe(totals.completed_syncs + totals.failed_syncs);
      expect(daily.reduce((sum, day) => sum + day.total_syncs, 0)).toBe(totals.total_syncs);
      expect(declared.estimate).toMatchObject({
        estimated_batch_size: 500,
        estimated_batches: 20,
        estimated_time_seconds: 10,
        estimated_memory_mb: 4.883,
      });
      expect(logged).toEqual(["Estimated time: 10s", "Estimated batches: 20"]);
    });
  });

  describe("Always Use Optimal Batch Sizes", () => {
    const scopes = scopesOf(snippet("1. Always Use Optimal"));
    const owner_id = randomUUID();
    const contacts = numbersFrom(400_000, 120).map((number) => ({
      owner_id,
      phone_hash: phoneHash(number),
    }));

    test("good: the size that the function gives", async () => {
      expect(scopes).toHaveLength(3);
      const { declared } = await run(scopes[0] as string, { contacts });
      expect(declared).toMatchObject({
        optimalSize: 500,
        result: { total_processed: 120, contacts_inserted: 120, batch_size: 500 },
      });
    });

    test("avoid: 50 works, it is only slower", async () => {
      const { declared } = await run(scopes[1] as string, { contacts });
      expect(declared).toMatchObject({ result: { contacts_unchanged: 120, batch_size: 50 } });
    });

    test("avoid: 2,000 is refused", async () => {
      const { error } = await run(scopes[2] as string, { contacts });
      expect(error).toMatchObject({
        code: "INVALID_BATCH_SIZE",
        message: expect.stringContaining("INVALID_BATCH_SIZE"),
      });
    });
  });

  describe("Monitor Performance Metrics", () => {
    const code = snippet("2. Monitor Performance Metrics");

    test("the two lines that it logs", async () => {
      const phoneNumbers = numbersFrom(500_000, 300);
      const { error, logged, declared } = await run(code, {
        userId: randomUUID(),
        phoneNumbers,
        deviceContactsCount: 300,
      });
      expect(error).toBeUndefined();
      const { processing_time_ms } = declared.result as SyncResult;
      expect(logged).toEqual([
        `Processed 300 contacts in ${processing_time_ms}ms`,
        expect.stringMatching(/^Rate: [1-9]\d* contacts\/sec$/),
      ]);
    });
  });

  describe("Handle Large Datasets", () => {
    const code = snippet("3. Handle Large Datasets");

    test("12,000 numbers go in three chunks", async () => {
      const phoneNumbers = numbersFrom(600_000, 12_000);
      const userId = randomUUID();
      const { error, calls, waits } = await run(code, { userId, phoneNumbers, chunkArray });
      expect(error).toBeUndefined();
      expect(calls.map(({ result }) => (result as SyncResult).contacts_inserted)).toEqual([
        5_000, 5_000, 2_000,
      ]);
      expect(waits).toEqual([1_000, 1_000, 1_000]);
      expect(await contactsWithAccounts.summarizeContacts(userId)).toMatchObject({
        contacts_count: 12_000,
      });
    });

    test("10,000 still go in one call", async () => {
      const phoneNumbers = numbersFrom(600_000, 10_000);
      const { calls } = await run(code, { userId: randomUUID(), phoneNumbers, chunkArray });
      expect(calls).toEqual([]);
      const result = await contactsWithAccounts.syncContacts(randomUUID(), phoneNumbers, 10_000);
      expect(result).toMatchObject({ total_processed: 10_000, contacts_inserted: 10_000 });
    });
  });

  describe("From Individual Creates to Bulk Operations", () => {
    const before = snippet("From Individual Creates", 0);
    const after = snippet("From Individual Creates", 1);

    test("before and after store the same contacts, and both may be repeated", async () => {
      const userId = randomUUID();
      const contacts = numbersFrom(700_000, 30).map((number, index) => ({
        owner_id: userId,
        phone_hash: phoneHash(number),
        is_favorite: index % 2 === 0,
      }));
      // `create` reads what it wrote in the same transaction, so it needs a pool.
      const database_ = await createContactSync({ database: pool, key: TEST_KEY });
      for (let round = 0; round < 2; round += 1) {
        const { error, calls } = await runScope(before, database_, { userId, contacts });
        expect(error).toBeUndefined();
        expect(calls.map(({ result }) => result)).toMatchObject(contacts);
      }
      const { declared } = await run(after, { contacts });
      expect(declared.result).toMatchObject({ total_processed: 30, contacts_unchanged: 30 });
      expect(await contactsWithAccounts.summarizeContacts(userId)).toMatchObject({
        contacts_count: 30,
        favorites_count: 15,
      });
    });

    test("after, alone: one call, one transaction", async () => {
      const owner_id = randomUUID();
      const contacts: object[] = numbersFrom(710_000, 30).map((number) => ({
        owner_id,
        phone_hash: phoneHash(number),
      }));
      const faulty = [...contacts, { owner_id, phone_hash: "no hash" }];
      const { error } = await run(after, { contacts: faulty });
      expect(error).toMatchObject({ code: "INVALID_PHONE_HASH", index: 30 });
      expect(await contactsWithAccounts.summarizeContacts(owner_id)).toMatchObject({
        contacts_count: 0,
      });
      const { declared } = await run(after, { contacts });
      expect(declared.result).toMatchObject({ total_processed: 30, contacts_inserted: 30 });
    });
  });

  describe("Performance Debugging", () => {
    const code = snippet("Performance Debugging");
    const report = (values: unknown[][]) => values[0]?.[1] as Record<string, number>;

    test("the report is finite where something was inserted, updated and matched", async () => {
      const userId = randomUUID();
      const phoneNumbers = numbersFrom(800_000, 50);
      await contactsWithAccounts.syncContacts(userId, phoneNumbers.slice(0, 10), 10);
      // Verified in SQL, where the linker runs later: so the sync itself has links to update.
      const { rows } = await pool.query(
        "select phone_key from contacts_with_accounts where owner_id = $1",
        [userId],
      );
      await pool.query("select link_phone(k, gen_random_uuid()) from unnest($1::uuid[]) as k", [
        rows.map(({ phone_key }) => phone_key),
      ]);
      const { error, loggedValues } = await run(code, {
        userId,
        phoneNumbers,
        deviceContactsCount: 60,
      });
      expect(error).toBeUndefined();
      expect(loggedValues[0]?.[0]).toBe("Performance Report:");
      expect(report(loggedValues)).toEqual({
        contactsPerSecond: expect.any(Number),
        batchEfficiency: 50 / 500,
        insertUpdateRatio: 40 / 10,
        matchRate: 10 / 50,
      });
      expect(Object.values(report(loggedValues)).every(Number.isFinite)).toBe(true);
    });

    test("without an update, the one ratio that divides by it can't be finite, and the rest is", async () => {
      const phoneNumbers = numbersFrom(810_000, 50);
      const { loggedValues } = await run(code, {
        userId: randomUUID(),
        phoneNumbers,
        deviceContactsCount: 50,
      });
      const { insertUpdateRatio, ...others } = report(loggedValues);
      expect(insertUpdateRatio).toBe(Number.POSITIVE_INFINITY);
      expect(Object.values(others).every(Number.isFinite)).toBe(true);
    });
  });

  describe("Database Schema Impact", () => {
    const { text } = section("Database Schema Impact");
    const named = (kind: string) =>
      codeWords(new RegExp(`^- \\*\\*${kind}:\\*\\* (.*)$`, "m").exec(text)?.[1] ?? "");

    test("the types, functions and the view exist under exactly these names", async () => {
      const names = async (sql: string, wanted: string[]) => {
        const { rows } = await pool.query({
          text: sql,
          values: [wanted],
          rowMode: "array",
        });
        return rows.flat();
      };
      const types = named("Custom Types");
      expect(types).toHaveLength(2);
      expect(
        await names(
          "select typname::text from pg_type where typname = any ($1) and typtype = 'c' order by 1",
          types,
        ),
      ).toEqual(types);
      const functions = named("Functions");
      expect(functions).toHaveLength(3);
      expect(
        await names(
          "select proname::text from pg_proc where proname = any ($1) order by array_position($1, proname::text)",
          functions,
        ),
      ).toEqual(functions);
      const views = named("View");
      expect(views).toHaveLength(1);
      expect(
        await names("select viewname::text from pg_views where viewname = any ($1)", views),
      ).toEqual(views);
    });

    test("batches have their indexes: the key, and who holds a number", async () => {
      const { rows } = await pool.query({
        text: `select substring(indexdef from '\\(.*') from pg_indexes
                where tablename = 'contacts_with_accounts' and indexdef not like '% WHERE %' order by 1`,
        rowMode: "array",
      });
      expect(rows.flat()).toEqual(["(owner_id, phone_key)", "(phone_key)"]);
    });

    test("the migration file has that name and is applied", async () => {
      const [file] = codeWords(/^Migration file: (.*)$/m.exec(text)?.[1] ?? "");
      expect(await readdir(new URL("../../database/migrations/", import.meta.url))).toContain(file);
      const applied = await single(
        "select count(*)::integer from contact_sync_migrations where name || '.sql' = $1",
        [file],
      );
      expect(applied).toBe(1);
    });
  });
});

test("every snippet of the guide is run above, but for these, which are HTTP's", () => {
  const left = fencesLeft();
  const names = left.map(({ language, code }, place) =>
    language === "json"
      ? `the answer to ${left[place - 1]?.code.split("\n")[0]}`
      : code.split("\n")[0],
  );
  expect(names).toEqual(HTTP_FENCES);
});
