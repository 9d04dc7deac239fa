import { expect, test } from "vitest";
import { capacityOf, constantsOf } from "../../bench/capacity/capacity.js";

const sync = (tables: string, subject: string, kind: string, cpu: number) => ({
  tables,
  contacts: 300,
  subject,
  kind,
  server_cpu_ms: { median: cpu },
  client_cpu_ms: { median: cpu / 2 },
  wal_bytes: { median: cpu * 1_000 },
});
const row = (heap: number, indexes: Record<string, number>) => ({
  heap,
  indexes,
  total: Object.values(indexes).reduce((sum, one) => sum + one, heap),
});
const figures = {
  sync: {
    cases: ["1M-1M", "20M-1M"].flatMap((tables) => [
      sync(tables, "contact-sync-sql", "first", tables === "20M-1M" ? 8 : 1),
      sync(tables, "contact-sync-sql", "unchanged", tables === "20M-1M" ? 2 : 1),
      sync(tables, "contact-sync", "unchanged", tables === "20M-1M" ? 4 : 1),
    ]),
  },
  import: {
    cases: [
      { form: "hashes" },
      {
        state: "books of 300, synced",
        tables: {
          contacts_with_accounts: row(100, {
            contacts_with_accounts_pkey: 60,
            contacts_with_accounts_phone_key_idx: 40,
          }),
          phones: row(60, { phones_pkey: 40, phones_linked_user_id_idx: 40 }),
          contact_sync_status: row(300, { contact_sync_status_pkey: 50 }),
          contact_sync_runs: row(150, { contact_sync_runs_pkey: 50 }),
        },
      },
    ],
  },
};

test("constants come from the largest tables and from books of 300", () => {
  expect(constantsOf(figures)).toEqual({
    contactHeap: 100,
    contactIndexes: 100,
    phoneKeyIndex: 40,
    directory: 140,
    directoryIndex: 40,
    status: 350,
    run: 200,
    firstCpuMs: 8,
    unchangedCpuMs: 2,
    clientCpuMs: 2,
    firstWal: 8_000,
    unchangedWal: 2_000,
  });
});

test("a million users of 300 contacts", () => {
  const capacity = capacityOf(constantsOf(figures), 1_000_000);
  expect(capacity).toMatchObject({
    contacts: 300_000_000,
    gigabytes: { contacts: 30, contactIndexes: 30, directory: 0.14, status: 0.35, runs: 18 },
    dailyWal: 2,
    firstSyncWal: 8,
    perCoreSecond: { first: 125, unchanged: 500 },
  });
  expect(capacity.total).toBeCloseTo(78.49, 6);
  expect(capacity.randomlyTouched).toBeCloseTo(12.04, 6);
  expect(capacity.firstSyncCoreHours).toBeCloseTo(2.22, 2);
  expect(capacity.dailySyncCoreHours).toBeCloseTo(0.56, 2);
});
