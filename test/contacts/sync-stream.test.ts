import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { describePostgres } from "../support/postgres.ts";
import {
  hashOf,
  numberOf,
  numbers,
  refusal,
  streamOf,
  useContactSync,
} from "../support/use-contact-sync.ts";

describePostgres("syncContacts, a stream", (server) => {
  const { contactSync, database } = useContactSync(server);
  const stored = async (owner: string) =>
    (await contactSync().summarizeContacts(owner)).contacts_count;

  test("adds up over its chunks, with positions of the whole stream", async () => {
    const owner = randomUUID();
    const [user, other] = [randomUUID(), randomUUID()];
    await contactSync().link(user, numberOf(7));
    await contactSync().link(other, numberOf(6_000));
    const onProgress = vi.fn();
    const received = [
      ...numbers(5_500), // 0 to 5,499: a chunk and a half
      "112",
      ...numbers(1_000, 5_000), // the first half of these once more
      numberOf(7), // again what the first chunk had, and matched
      undefined,
      numberOf(6_000),
      numberOf(6_000),
    ];
    const result = await contactSync().syncContacts(owner, streamOf(received), 9_000, {
      onProgress,
      batchSize: 1_000,
    });
    expect(result).toMatchObject({
      total_processed: 6_001,
      contacts_inserted: 6_001,
      contacts_updated: 0,
      contacts_unchanged: 0,
      duplicates: 502,
      matched_contacts: 2,
      batch_size: 1_000,
      rejected: [
        { index: 5_500, reason: "SHORT_CODE" },
        { index: 6_502, reason: "NOT_A_STRING" },
      ],
      matches: [
        { index: 7, indexes: [7, 6_501], phone_hash: hashOf(7), user_id: user, silent: false },
        {
          index: 6_503,
          indexes: [6_503, 6_504],
          phone_hash: hashOf(6_000),
          user_id: other,
        },
      ],
    });
    expect(result.repeated).toEqual([
      ...Array.from({ length: 500 }, (_, n) => ({ index: 5_501 + n, repeats: 5_000 + n })),
      { index: 6_501, repeats: 7 },
      { index: 6_504, repeats: 6_503 },
    ]);
    expect(result.total_processed + result.duplicates + result.rejected.length).toBe(
      received.length,
    );
    expect(onProgress.mock.calls).toEqual([
      [{ received: 5_000, processed: 5_000 }],
      [{ received: received.length, processed: 6_001 }],
    ]);

    const again = await contactSync().syncContacts(owner, streamOf(received), 9_000);
    expect(again).toMatchObject({ contacts_inserted: 0, contacts_unchanged: 6_001 });
    expect(again.matches).toEqual(result.matches);
    expect(again.repeated).toEqual(result.repeated);
  });

  test("takes entries of several numbers, of which a chunk may hold more than a call takes", async () => {
    const owner = randomUUID();
    const user = randomUUID();
    await contactSync().link(user, numberOf(61_000));
    const triples = Array.from({ length: 5_000 }, (_, n) =>
      [n + 50_000, n + 55_000, n + 60_000].map(numberOf).join("; "),
    );
    const result = await contactSync().syncContacts(owner, streamOf(triples), null, {
      mode: "replace",
      accountCreatedAt: "2020-01-01",
    });
    expect(result).toMatchObject({ total_processed: 15_000, duplicates: 0, rejected: [] });
    expect(result.matches).toEqual([
      { index: 1_000, indexes: [1_000], phone_hash: hashOf(61_000), user_id: user, silent: false },
    ]);
    expect(await stored(owner)).toBe(15_000);
  });

  test("leaves one run, of the whole stream", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, streamOf(numbers(5_001)), 6_000);
    const { rows } = await database().pool.query(
      "select sync_status, synced_contacts_count, device_contacts_count from contact_sync_runs where owner_id = $1",
      [owner],
    );
    expect(rows).toEqual([
      { sync_status: "completed", synced_contacts_count: 5_001, device_contacts_count: 6_000 },
    ]);
  });

  test("replace removes in the end, and an interrupted one has only added", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, streamOf(numbers(6_000)), 6_000);
    const controller = new AbortController();
    await refusal(
      contactSync().syncContacts(owner, streamOf(numbers(6_000, 3_000)), 6_000, {
        mode: "replace",
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
      "ABORTED",
    );
    expect(await stored(owner)).toBe(8_000);
    expect(
      await contactSync().syncContacts(owner, streamOf(numbers(6_000, 3_000)), 6_000, {
        mode: "replace",
      }),
    ).toMatchObject({
      contacts_inserted: 1_000,
      contacts_unchanged: 5_000,
      contacts_removed: 3_000,
    });
    expect(await stored(owner)).toBe(6_000);
    expect(await contactSync().findContact(owner, hashOf(2_999))).toBeNull();
  });

  test("replace by a stream that ends early asks for confirmation", async () => {
    const owner = randomUUID();
    await contactSync().syncContacts(owner, numbers(10), 10);
    const replace = (confirmRemoval: boolean) =>
      contactSync().syncContacts(owner, streamOf([]), 0, { mode: "replace", confirmRemoval });
    await refusal(replace(false), "REPLACE_NEEDS_CONFIRMATION");
    expect(await stored(owner)).toBe(10);
    expect(await replace(true)).toMatchObject({ contacts_removed: 10 });
    expect(await stored(owner)).toBe(0);
  });

  test("a source that fails leaves the chunks before, and a failed run", async () => {
    const owner = randomUUID();
    const fault = new Error("the connection is gone");
    async function* failing() {
      yield* numbers(5_002);
      throw fault;
    }
    const error = await refusal(
      contactSync().syncContacts(owner, failing(), 9_000),
      "INVALID_ARGUMENT",
    );
    expect(error).toMatchObject({ cause: fault, index: 5_002 });
    expect(await stored(owner)).toBe(5_000);
    expect(await contactSync().getSyncStatus(owner)).toMatchObject({
      sync_status: "failed",
      last_error_code: "INVALID_ARGUMENT",
    });
  });
});
